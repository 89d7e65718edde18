/*
 * The container's root file system. The image is only ever a lower layer; everything written goes to
 * <state>/layers, or to the directories of <state>/empty.
 *
 * All of it happens in the new mount namespace of the container's init, so it vanishes with the last process there.
 * What is mounted inside the container is mounted after pivot_root: a symbolic link in an image cannot lead outside.
 */
#include "view.h"

void make_parents(const char *path, bool last_too) {
  struct text prefix;
  clear(&prefix);
  for (const char *at = path; *at; at++) {
    if (*at == '/' && prefix.length) make_directory(AT_FDCWD, prefix.data, 0755);
    put(&prefix, (const char[]){*at, 0});
  }
  if (last_too) make_directory(AT_FDCWD, prefix.data, 0755);
}

/* The current directory is the host's root, absolute paths are the container's. */

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
  struct text shm;
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
  path_of(&shm, "mode=1777,size=", view->container->shm);
  need(mount_at("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, shm.data), "mount", "/dev/shm");
  mount_at("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

void hide(const char *path) {
  long result = mount_at("/dev/null", path, NULL, MS_BIND, NULL);
  if (result == -ENOTDIR) result = mount_at("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=0");
  if (result < 0 && result != -ENOENT && result != -ENOTDIR) fail(result, "mount", path);
}

void mount_proc(void) {
  static const char *const masked[] = {"acpi", "asound",      "kcore",      "keys",      "latency_stats",
                                       "scsi", "sched_debug", "timer_list", "timer_stats"};
  static const char *const fixed[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  struct text path;
  /* A user namespace may not mount anew what shows the host's processes: with pidMode host. */
  if (mount_at("proc", "/proc", "proc", flags, NULL) < 0)
    need(mount_at("proc", "/proc", NULL, MS_BIND | MS_REC, NULL), "mount", "/proc");
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

long add_attributes(const char *path, uint64_t attributes) {
  struct mount_attr change = {.attr_set = attributes};
  return sys(mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &change, sizeof change);
}

void mount_sys(void) {
  const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount_at("sysfs", "/sys", "sysfs", flags, NULL) < 0) {
    /* The network namespace is the host's, so a user namespace may not mount sysfs anew. */
    if (mount_at("sys", "/sys", NULL, MS_BIND | MS_REC, NULL) < 0) return;
    if (add_attributes("/sys", MOUNT_ATTR_RDONLY) < 0) {
      sys(umount2, "/sys", MNT_DETACH);
      return;
    }
  }
  hide("/sys/firmware");
  hide("/sys/devices/virtual/powercap");
}

void view_build(struct container *container, bool privileged) {
  struct view view = {.container = container, .privileged = privileged};
  sys(umask, 0);
  need(mount_at("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount", "private propagation");
  view.state = (int)need(open_at(AT_FDCWD, container->state, DIRECTORY), "state", container->state);
  int old_root = (int)need(open_at(AT_FDCWD, "/", DIRECTORY), "mount", "/");
  need(sys(fchdir, view.state), "state", container->state);
  mounts_read(&view.mounts);
  show_image(&view);

  need(sys(chdir, "root"), "state", "root");
  need(sys(pivot_root, ".", "."), "mount", "pivot_root");
  need(sys(fchdir, old_root), "mount", "the host's root");
  static const char *const own[] = {"/proc", "/sys", "/dev"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) make_directory(AT_FDCWD, own[i], 0755);
  for (unsigned i = 0; i < container->place_count; i++) {
    struct place *place = &container->places[i];
    open_volume(place);
    if (place->kind == PLACE_FILE) place_file(&view, place);
    /* Where it is mounted must be there before the root is read-only. */
    else if (place->kind == PLACE_VOLUME || place->kind == PLACE_TMPFS) make_parents(place->path, true);
    else place_directory(&view, place, i);
  }
  make_parents(container->directory, true); /* as Docker does for WORKDIR */
  if (container->read_only) {
    long result = add_attributes("/", MOUNT_ATTR_RDONLY);
    if (result == -ENOSYS) /* before Linux 5.12: the root alone */
      result = mount_at(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | locked_flags("/"), NULL);
    need(result, "mount", "read-only root");
  }
  mount_dev(&view);
  mount_proc();
  mount_sys();
  for (unsigned i = 0; i < container->place_count; i++)
    if (container->places[i].kind >= PLACE_VOLUME) mount_volume(&container->places[i]);
  /* pivot_root(".", ".") has put the host's root on top of ours; the current directory is there. */
  need(sys(umount2, ".", MNT_DETACH), "mount", "detaching the host's root");
  need(sys(chdir, "/"), "mount", "/");
  mounts_free(&view.mounts);
  sys(umask, 022);
}
