/*
 * A toolbox: the host's programs, read-only, as the root of a process that is in all other namespaces of a container,
 * with the container's root at /container. Only what programs need is in view: what the process sees, the container's
 * root user can see through /proc/PID/root.
 */
#include "view.h"

#define CONTAINER_ROOT "/container"

static const uint64_t fixed = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

/** Shows a path of the host. The current directory is the host's root, absolute paths are the toolbox's. */
static void show_tool(const char *path) {
  struct statx status;
  char link[PATH_MAX];
  const char *relative = path + 1;
  if (sys(statx, AT_FDCWD, relative, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) < 0) return;
  const unsigned type = status.stx_mode & 0170000;
  make_parents(path, type == 0040000);
  if (type == 0120000) {
    long length = sys(readlinkat, AT_FDCWD, relative, link, sizeof link - 1);
    if (length <= 0) return;
    link[length] = 0;
    sys(symlinkat, link, AT_FDCWD, path);
    return;
  }
  if (type == 0100000) {
    int file = (int)sys(openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0444);
    if (file >= 0) sys(close, file);
  } else if (type != 0040000) {
    return;
  }
  need(mount_at(relative, path, NULL, MS_BIND | MS_REC, NULL), "mount", path);
  need(add_attributes(path, fixed), "mount", path);
}

void toolbox_build(const struct entry *entry, int mounts, struct identity *identity) {
  static const char *const own[] = {"/proc", "/sys", "/dev", "/tmp", "/etc", CONTAINER_ROOT};
  static const char *const network[] = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
  struct text target;
  sys(umask, 0);
  need(sys(unshare, CLONE_NEWNS), "toolbox", "namespace");
  need(mount_at("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount", "private propagation");
  int here = (int)need(open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY), "toolbox", "namespace");

  need(sys(setns, mounts, CLONE_NEWNS), "container", "ns/mnt");
  if (entry->user) identity_find(entry->user, identity);
  int tree = (int)need(sys(open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE), "toolbox",
                       "root file system of the container");
  need(sys(setns, here, CLONE_NEWNS), "toolbox", "namespace");

  /* Any directory will do: in this namespace alone it is mounted over. */
  need(mount_at("toolbox", entry->state, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1024k"), "mount", "toolbox");
  int host = (int)need(open_at(AT_FDCWD, "/", DIRECTORY), "mount", "/");
  need(sys(chdir, entry->state), "state", entry->state);
  need(sys(pivot_root, ".", "."), "mount", "pivot_root");
  need(sys(fchdir, host), "mount", "the host's root");
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) make_directory(AT_FDCWD, own[i], 0755);
  for (unsigned i = 0; i < entry->tool_count; i++) show_tool(entry->tools[i]);
  for (size_t i = 0; i < sizeof network / sizeof *network; i++) {
    path_of(&target, CONTAINER_ROOT, network[i]);
    sys(symlinkat, target.data, AT_FDCWD, network[i]);
  }
  need(sys(move_mount, tree, "", AT_FDCWD, CONTAINER_ROOT, MOVE_MOUNT_F_EMPTY_PATH), "mount", CONTAINER_ROOT);
  need(mount_at(CONTAINER_ROOT "/dev", "/dev", NULL, MS_BIND | MS_REC, NULL), "mount", "/dev");
  for (unsigned i = 0; i < entry->mask_count; i++) hide(entry->masks[i]);
  mount_proc();
  mount_sys();
  need(mount_at("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), "mount", "/tmp");
  need(mount_at(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL), "mount", "toolbox");
  need(sys(umount2, ".", MNT_DETACH), "mount", "detaching the host's root");
  need(sys(chdir, "/"), "mount", "/");
  sys(umask, 022);
}
