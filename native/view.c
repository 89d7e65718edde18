/*
 * The container's root file system. The image is only ever a lower layer; everything written goes to
 * <state>/layers, or to the directories of <state>/empty.
 *
 * All of it happens in the new mount namespace of the container's init, so it vanishes with the last process there.
 * What is mounted inside the container is mounted after pivot_root: a symbolic link in an image cannot lead outside.
 */
#include "mounts.h"
#include "sandbox.h"

#define DIRECTORY (O_PATH | O_DIRECTORY)

struct view {
  const struct container *container;
  bool privileged;
  struct mounts mounts; /* of the host, as seen at the start */
  int state;
  int layers;
  unsigned layer_count;
};

static long mount_at(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  return sys(mount, source, target, type, flags, data);
}

static void make_directory(int at, const char *path, unsigned mode) {
  /* mkdirat obeys the umask, which is 0 here. */
  sys(mkdirat, at, path, mode);
}

/** mkdir -p for an absolute path inside the container. */
static void make_parents(const char *path, bool last_too) {
  struct text prefix;
  clear(&prefix);
  for (const char *at = path; *at; at++) {
    if (*at == '/' && prefix.length) make_directory(AT_FDCWD, prefix.data, 0755);
    put(&prefix, (const char[]){*at, 0});
  }
  if (last_too) make_directory(AT_FDCWD, prefix.data, 0755);
}

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

static void show_image(struct view *view) {
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

/* --- inside; the current directory is the host's root, absolute paths are the container's --- */

static void place_directory(struct view *view, const struct place *place, unsigned index) {
  const char *path = place->path;
  if (place->kind == PLACE_MASK) {
    long result = mount_at("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0,mode=0555");
    /* Not there, or not a directory any more: nothing to hide. */
    if (result < 0 && result != -ENOENT && result != -ENOTDIR) fail(result, "mount", path);
    return;
  }
  struct text name, source;
  path_of(&name, "empty/");
  put_number(&name, index);
  make_directory(view->state, name.data, place->mode);
  int directory = (int)need(open_at(view->state, name.data, DIRECTORY), "state", name.data);
  path_of(&source, "proc/self/fd/");
  put_number(&source, directory);
  make_parents(path, true);
  need(mount_at(source.data, path, NULL, MS_BIND, NULL), "mount", path);
  mount_at(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | locked_flags(path), NULL);
  sys(close, directory);
}

/** Docker binds its hostname, hosts and resolv.conf too. A link (systemd's resolv.conf leads to /run) is replaced. */
static void place_file(struct view *view, const struct place *place) {
  struct statx status;
  struct text name, source;
  path_of(&name, "files/", place->name);
  int file = open_at(view->state, name.data, O_PATH);
  if (file < 0) return;
  path_of(&source, "proc/self/fd/");
  put_number(&source, file);
  if (sys(statx, AT_FDCWD, place->path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0 &&
      (status.stx_mode & 0170000) == 0120000)
    sys(unlinkat, AT_FDCWD, place->path, 0);
  make_parents(place->path, false);
  int target = (int)sys(openat, AT_FDCWD, place->path, O_CREAT | O_NOFOLLOW | O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0644);
  if (target >= 0) sys(close, target);
  /* An image without a writable /etc goes without. */
  mount_at(source.data, place->path, NULL, MS_BIND, NULL);
  sys(close, file);
}

static void mount_dev(const struct view *view) {
  static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
  static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"},         {"/proc/self/fd/0", "/dev/stdin"},
                                         {"/proc/self/fd/1", "/dev/stdout"},   {"/proc/self/fd/2", "/dev/stderr"},
                                         {"pts/ptmx", "/dev/ptmx"},            {"/proc/kcore", "/dev/core"}};
  const char *terminals = "newinstance,ptmxmode=0666,mode=0620,gid=5";
  need(mount_at("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=0755,size=65536k"), "mount", "/dev");
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    struct text source, target;
    path_of(&source, "dev/", nodes[i]);
    path_of(&target, "/dev/", nodes[i]);
    int node = (int)sys(openat, AT_FDCWD, target.data, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    if (node >= 0) sys(close, node);
    need(mount_at(source.data, target.data, NULL, MS_BIND, NULL), "mount", target.data);
  }
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) sys(symlinkat, links[i][0], AT_FDCWD, links[i][1]);
  make_directory(AT_FDCWD, "/dev/pts", 0755);
  make_directory(AT_FDCWD, "/dev/shm", 01777);
  make_directory(AT_FDCWD, "/dev/mqueue", 01777);
  /* Group 5 is tty by custom; a rootless user namespace has no such group. */
  if (!view->privileged || mount_at("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, terminals) < 0)
    need(mount_at("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"),
         "mount", "/dev/pts");
  need(mount_at("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=65536k"), "mount",
       "/dev/shm");
  mount_at("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/** Covers a file with /dev/null and a directory with an empty one. Failing to hide what is there is fatal. */
static void hide(const char *path) {
  long result = mount_at("/dev/null", path, NULL, MS_BIND, NULL);
  if (result == -ENOTDIR) result = mount_at("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=0");
  if (result < 0 && result != -ENOENT && result != -ENOTDIR) fail(result, "mount", path);
}

/** The paths Docker masks, and those it makes read-only. */
static void mount_proc(void) {
  static const char *const masked[] = {"acpi", "asound",      "kcore",      "keys",      "latency_stats",
                                       "scsi", "sched_debug", "timer_list", "timer_stats"};
  static const char *const fixed[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  struct text path;
  need(mount_at("proc", "/proc", "proc", flags, NULL), "mount", "/proc");
  for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
    path_of(&path, "/proc/", masked[i]);
    hide(path.data);
  }
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
    path_of(&path, "/proc/", fixed[i]);
    long result = mount_at(path.data, path.data, NULL, MS_BIND | MS_REC, NULL);
    if (result == -ENOENT) continue;
    need(result, "mount", path.data);
    need(mount_at(NULL, path.data, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL), "mount", path.data);
  }
}

static long make_read_only(const char *path) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  return sys(mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes);
}

static void mount_sys(void) {
  const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount_at("sysfs", "/sys", "sysfs", flags, NULL) < 0) {
    /* The network namespace is the host's, so a user namespace may not mount sysfs anew. */
    if (mount_at("sys", "/sys", NULL, MS_BIND | MS_REC, NULL) < 0) return;
    if (make_read_only("/sys") < 0) {
      sys(umount2, "/sys", MNT_DETACH);
      return;
    }
  }
  hide("/sys/firmware");
  hide("/sys/devices/virtual/powercap");
}

void view_build(const struct container *container, bool privileged) {
  struct view view = {.container = container, .privileged = privileged};
  sys(umask, 0);
  need(mount_at("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount", "private propagation");
  view.state = (int)need(open_at(AT_FDCWD, container->state, DIRECTORY), "state", container->state);
  int old_root = (int)need(open_at(AT_FDCWD, "/", DIRECTORY), "mount", "/");
  need(sys(fchdir, view.state), "state", container->state);
  mounts_read(&view.mounts);
  layers_open(&view);
  show_image(&view);

  need(sys(chdir, "root"), "state", "root");
  need(sys(pivot_root, ".", "."), "mount", "pivot_root");
  need(sys(fchdir, old_root), "mount", "the host's root");
  static const char *const own[] = {"/proc", "/sys", "/dev"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) make_directory(AT_FDCWD, own[i], 0755);
  for (unsigned i = 0; i < container->place_count; i++) {
    if (container->places[i].kind == PLACE_FILE) place_file(&view, &container->places[i]);
    else place_directory(&view, &container->places[i], i);
  }
  make_parents(container->directory, true); /* as Docker does for WORKDIR */
  if (container->read_only) {
    long result = make_read_only("/");
    if (result == -ENOSYS) /* before Linux 5.12: the root alone */
      result = mount_at(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | locked_flags("/"), NULL);
    need(result, "mount", "read-only root");
  }
  mount_dev(&view);
  mount_proc();
  mount_sys();
  /* pivot_root(".", ".") has put the host's root on top of ours; the current directory is there. */
  need(sys(umount2, ".", MNT_DETACH), "mount", "detaching the host's root");
  need(sys(chdir, "/"), "mount", "/");
  mounts_free(&view.mounts);
  sys(umask, 022);
}
