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

void mount_volume(const struct place *place) {
  const char *path = place->path;
  make_parents(path, true); /* below another volume */
  if (place->kind == PLACE_TMPFS) {
    need(mount_at("tmpfs", path, "tmpfs", place->mode | MS_NODEV, place->name), "mount", path);
    return;
  }
  struct text source;
  int directory = open_source(place->name);
  path_of(&source, "proc/self/fd/");
  put_number(&source, directory);
  need(mount_at(source.data, path, NULL, MS_BIND | MS_REC, NULL), "mount", path);
  sys(close, directory);
  long result = add_attributes(path, MOUNT_ATTR_NODEV | (place->mode ? MOUNT_ATTR_RDONLY : 0));
  if (result == -ENOSYS) /* before Linux 5.12: without what is mounted below */
    result = mount_at(NULL, path, NULL,
                      MS_REMOUNT | MS_BIND | MS_NODEV | (place->mode ? MS_RDONLY : 0) | locked_flags(path), NULL);
  need(result, "mount", path);
}
