/* What a task definition mounts in a container: directories of the host, and file systems in memory. */
#include "view.h"

/** A directory of the host, as Node has found it: a link that has come since is not followed. */
static int open_source(const char *path) {
  struct open_how how = {.flags = DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH};
  /* The current directory is the host's root. */
  const char *relative = path[1] ? path + 1 : ".";
  long fd = sys(openat2, AT_FDCWD, relative, &how, sizeof how);
  if (fd == -ENOSYS) fd = open_at(AT_FDCWD, relative, DIRECTORY | O_NOFOLLOW); /* before Linux 5.6 */
  return (int)need(fd, "volume", path);
}

void open_volume(struct place *place) {
  if (place->kind != PLACE_VOLUME) return;
  int directory = open_source(place->name);
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH;
  place->tree = (int)need(sys(open_tree, directory, "", flags), "volume", place->name);
  struct mount_attr change = {.attr_set = MOUNT_ATTR_NODEV | (place->mode ? MOUNT_ATTR_RDONLY : 0)};
  long result = sys(mount_setattr, place->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change);
  if (result != -ENOSYS) need(result, "volume", place->name);
  sys(close, directory);
}

void mount_volume(const struct place *place) {
  const char *path = place->path;
  make_parents(path, true); /* below another volume */
  if (place->kind == PLACE_TMPFS) {
    need(mount_at("tmpfs", path, "tmpfs", place->mode | MS_NODEV, place->name), "mount", path);
    return;
  }
  need(sys(move_mount, place->tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS), "mount", path);
  sys(close, place->tree);
  /* Before Linux 5.12 nothing has been set: now it is, without what is mounted below. */
  unsigned long wanted = MS_NODEV | (place->mode ? MS_RDONLY : 0), found = locked_flags(path);
  if ((found & wanted) != wanted)
    need(mount_at(NULL, path, NULL, MS_REMOUNT | MS_BIND | wanted | found, NULL), "mount", path);
}
