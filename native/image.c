/*
 * The image: as lower layer of overlays whose upper layers are in <state>/layers, mounted at <state>/root.
 */
#include "view.h"

/** Mounts an overlay of the directory `lower` on `target`, with a layer of its own. */
static long overlay(struct view *view, const char *lower, const char *target) {
  struct text name, options;
  struct statx status;
  int lower_fd = open_at(AT_FDCWD, lower, DIRECTORY);
  if (lower_fd < 0) return lower_fd;
  clear(&name);
  put_number(&name, view->layer_count++);
  make_directory(view->layers, name.data, 0700);
  int layer = open_at(view->layers, name.data, DIRECTORY);
  make_directory(layer, "upper", 0700);
  make_directory(layer, "work", 0700);
  if (sys(statx, lower_fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0) {
    if (view->privileged) sys(fchownat, layer, "upper", status.stx_uid, status.stx_gid, 0);
    sys(fchmodat, layer, "upper", status.stx_mode & 07777);
  }
  int upper = open_at(layer, "upper", DIRECTORY), work = open_at(layer, "work", DIRECTORY);
  /* Descriptors instead of paths: nothing to escape, and /proc/mounts in the container shows no path of the host. */
  path_of(&options, "lowerdir=/proc/self/fd/");
  put_number(&options, lower_fd);
  put(&options, ",upperdir=/proc/self/fd/");
  put_number(&options, upper);
  put(&options, ",workdir=/proc/self/fd/");
  put_number(&options, work);
  if (!view->privileged) put(&options, ",userxattr");
  unsigned length = options.length;
  /* The layer is thrown away, so unmounting need not sync the disk (Linux 5.10). */
  put(&options, ",volatile");
  long result = mount_at("overlay", target, "overlay", MS_NODEV, options.data);
  if (result == -EINVAL) {
    options.data[length] = 0;
    result = mount_at("overlay", target, "overlay", MS_NODEV, options.data);
  }
  sys(close, work);
  sys(close, upper);
  sys(close, layer);
  sys(close, lower_fd);
  return result;
}

/** Opens the directory of layers; a tmpfs when its file system takes no upper layer (overlay in overlay, NFS). */
static void layers_open(struct view *view) {
  make_directory(view->state, "layers", 0700);
  make_directory(view->state, "root", 0755);
  make_directory(view->state, "empty", 0700);
  view->layers = (int)need(open_at(view->state, "layers", DIRECTORY), "state", "layers");
  if (overlay(view, "empty", "root") == 0) {
    need(sys(umount2, "root", MNT_DETACH), "mount", "layers");
    return;
  }
  need(mount_at("tmpfs", "layers", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700"), "mount", "layers");
  sys(close, view->layers);
  view->layers = (int)need(open_at(view->state, "layers", DIRECTORY), "state", "layers");
}

/** Whether something else is going to be mounted over this path of the host, or over a parent of it. */
static bool is_replaced(const struct view *view, const char *path) {
  static const char *const own[] = {"/proc", "/sys", "/dev"};
  const struct container *container = view->container;
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (path_is_within(path, own[i])) return true;
  for (unsigned i = 0; i < container->place_count; i++)
    if (container->places[i].kind != PLACE_FILE && path_is_within(path, container->places[i].path)) return true;
  return false;
}

/* --- the host's root, with privilege: one overlay, and one more for each file system mounted below it --- */

static void overlay_nested(struct view *view) {
  struct text target;
  for (unsigned i = 0; i < view->mounts.count; i++) {
    const struct mounted *mounted = &view->mounts.list[i];
    if (mounted->path[1] == 0 || !mounted->is_storage || is_replaced(view, mounted->path)) continue;
    path_of(&target, "root", mounted->path);
    /* Fails where the container has no such directory, or the kernel stacks no further: then it stays empty. */
    if (!target.full) overlay(view, mounted->path, target.data);
  }
}

/* --- the host's root, rootless: the kernel refuses an overlay of anything with mounts below (EINVAL), so descend --- */

static void show(struct view *view, const char *path);

static void show_entries(struct view *view, const char *path) {
  struct text child;
  char entries[2048];
  int directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
  if (directory < 0) return;
  for (;;) {
    long length = sys(getdents64, directory, entries, sizeof entries);
    if (length <= 0) break;
    for (long at = 0; at < length;) {
      uint16_t size;
      memcpy(&size, entries + at + 16, sizeof size); /* struct linux_dirent64: ino, off, reclen, type, name */
      const char *name = entries + at + 19;
      at += size;
      if (same(name, ".") || same(name, "..")) continue;
      path_of(&child, path[1] ? path : "", "/", name);
      if (!child.full) show(view, child.data);
    }
  }
  sys(close, directory);
}

static void show_directory(struct view *view, const char *path, const char *target, const struct statx *status) {
  make_directory(AT_FDCWD, target, status->stx_mode & 07777);
  if (is_replaced(view, path) || is_pseudo_mount(&view->mounts, path)) return;
  if (has_mount_below(&view->mounts, path)) return show_entries(view, path);
  if (overlay(view, path, target) == 0) return;
  if (mount_at(path, target, NULL, MS_BIND, NULL) < 0) return;
  if (mount_at(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | locked_flags(target), NULL) < 0)
    sys(umount2, target, MNT_DETACH);
}

static void show(struct view *view, const char *path) {
  struct statx status;
  struct text target;
  path_of(&target, "root", path);
  if (target.full || sys(statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status) < 0) return;
  switch (status.stx_mode & 0170000) {
    case 0040000:
      return show_directory(view, path, target.data, &status);
    case 0120000: {
      char link[PATH_MAX];
      long length = sys(readlinkat, AT_FDCWD, path, link, sizeof link - 1);
      if (length <= 0) return;
      link[length] = 0;
      sys(symlinkat, link, AT_FDCWD, target.data);
      return;
    }
    case 0100000: {
      int file = (int)sys(openat, AT_FDCWD, target.data, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
      if (file < 0) return;
      sys(close, file);
      if (mount_at(path, target.data, NULL, MS_BIND, NULL) == 0)
        mount_at(NULL, target.data, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | locked_flags(target.data), NULL);
      return;
    }
  }
}

void show_image(struct view *view) {
  layers_open(view);
  const struct container *container = view->container;
  const bool host = same(container->image, "/");
  if (view->privileged || !host) {
    long result = overlay(view, container->image, "root");
    if (result == 0) {
      if (host) overlay_nested(view);
      return;
    }
    if (!host) fail(result, "image", container->image);
  }
  need(mount_at("root", "root", NULL, MS_BIND, NULL), "mount", "root");
  show_entries(view, "/");
}
