/* /proc/self/mountinfo: where the host has something mounted. */
#ifndef GANGWAY_MOUNTS_H
#define GANGWAY_MOUNTS_H

#include "sys.h"

struct mounted {
  const char *path;
  bool is_storage; /* files somebody keeps there, as opposed to the kernel's own and volatile file systems */
};

struct mounts {
  char *data;
  struct mounted *list;
  unsigned count;
};

void mounts_read(struct mounts *mounts);
void mounts_free(struct mounts *mounts);
/** Whether `path` is `directory` or lies below it. */
bool path_is_within(const char *path, const char *directory);
bool has_mount_below(const struct mounts *mounts, const char *path);
bool is_pseudo_mount(const struct mounts *mounts, const char *path);
/** The flags of a mount that a remount in a user namespace must repeat. */
unsigned long locked_flags(const char *path);

#endif
