/*
 * `remove`: deletes a directory that a container could write to, in a process of its own.
 *
 * Goes by descriptors, follows no link, enters no mount. Depth is bounded: a directory that lies too deep is moved up
 * to the top and taken from there, so a chain of a million directories needs neither memory nor descriptors.
 */
#include "sandbox.h"

#define DEPTH_MAX 64

struct removal {
  int top;
  unsigned long moved;
  bool progress;
  long refusal; /* the last errno, negative */
  struct text where;
};

static int enter_directory(int parent, const char *name) {
  struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
  long fd = sys(openat2, parent, name, &how, sizeof how);
  if (fd == -EACCES && sys(fchmodat, parent, name, 0700) == 0) /* overlayfs leaves work/work with mode 0 */
    fd = sys(openat2, parent, name, &how, sizeof how);
  if (fd != -ENOSYS) return (int)fd;
  /* Before Linux 5.6: a mount shows by its device, a bind mount of the same device does not. */
  struct statx inside, outside;
  sys(fchmodat, parent, name, 0700);
  fd = sys(openat, parent, name, (int)how.flags, 0);
  if (fd < 0) return (int)fd;
  if (sys(statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &inside) == 0 &&
      sys(statx, parent, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &outside) == 0 &&
      inside.stx_dev_major == outside.stx_dev_major && inside.stx_dev_minor == outside.stx_dev_minor)
    return (int)fd;
  sys(close, fd);
  return -EXDEV;
}

static void refuse(struct removal *removal, long result, const char *name) {
  removal->refusal = result;
  path_of(&removal->where, name);
}

static void empty_directory(struct removal *removal, int directory, unsigned depth);

static void remove_entry(struct removal *removal, int parent, const char *name, unsigned depth) {
  long result = sys(unlinkat, parent, name, 0);
  if (result == -EISDIR) result = sys(unlinkat, parent, name, AT_REMOVEDIR);
  if (result == -EACCES && depth > 0) {
    /* Its directory was made unwritable; it is ours, so that can be undone. */
    sys(fchmodat, parent, ".", 0700);
    result = sys(unlinkat, parent, name, 0);
    if (result == -EISDIR) result = sys(unlinkat, parent, name, AT_REMOVEDIR);
  }
  if (result == 0 || result == -ENOENT) {
    removal->progress = removal->progress || result == 0;
    return;
  }
  if (result != -ENOTEMPTY && result != -EACCES && result != -EPERM) return refuse(removal, result, name);
  if (depth >= DEPTH_MAX) {
    struct text flat;
    path_of(&flat, ".deep-");
    put_number(&flat, (long)removal->moved++);
    result = sys(renameat2, parent, name, removal->top, flat.data, 1 /* RENAME_NOREPLACE */);
    if (result < 0) refuse(removal, result, name);
    else removal->progress = true;
    return;
  }
  int directory = enter_directory(parent, name);
  if (directory < 0) return refuse(removal, directory, name);
  empty_directory(removal, directory, depth + 1);
  sys(close, directory);
  result = sys(unlinkat, parent, name, AT_REMOVEDIR);
  if (result == 0) removal->progress = true;
  else if (result != -ENOTEMPTY) refuse(removal, result, name);
}

static void empty_directory(struct removal *removal, int directory, unsigned depth) {
  char entries[2048];
  for (;;) {
    long length = sys(getdents64, directory, entries, sizeof entries);
    if (length <= 0) return;
    for (long at = 0; at < length;) {
      uint16_t size;
      memcpy(&size, entries + at + 16, sizeof size); /* struct linux_dirent64: ino, off, reclen, type, name */
      const char *name = entries + at + 19;
      at += size;
      if (!same(name, ".") && !same(name, "..")) remove_entry(removal, directory, name, depth);
    }
  }
}

_Noreturn void remove_mode(const char *parent, const char *name) {
  struct removal removal = {.moved = 0};
  report_to(1);
  for (const char *at = name; *at; at++)
    if (*at == '/') fail(-EINVAL, "remove", name);
  if (!*name || same(name, ".") || same(name, "..")) fail(-EINVAL, "remove", name);
  int directory = (int)need(open_at(AT_FDCWD, parent, O_PATH | O_DIRECTORY | O_NOFOLLOW), "remove", parent);
  removal.top = enter_directory(directory, name);
  if (removal.top == -ENOENT) quit(0);
  need(removal.top, "remove", name);
  do {
    removal.progress = false;
    removal.refusal = 0;
    sys(lseek, removal.top, 0, 0);
    empty_directory(&removal, removal.top, 0);
  } while (removal.progress);
  if (removal.refusal) fail(removal.refusal, "remove", removal.where.data);
  need(sys(unlinkat, directory, name, AT_REMOVEDIR), "remove", name);
  quit(0);
}
