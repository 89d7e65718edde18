/* What image.c and view.c share: the image below, and what lies over it. */
#ifndef GANGWAY_VIEW_H
#define GANGWAY_VIEW_H

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

static inline long mount_at(const char *source, const char *target, const char *type, unsigned long flags,
                            const char *data) {
  return sys(mount, source, target, type, flags, data);
}

static inline void make_directory(int at, const char *path, unsigned mode) {
  /* mkdirat obeys the umask, which is 0 here. */
  sys(mkdirat, at, path, mode);
}

/** Makes `root` in the state directory, the current one, the image with a writable layer over it. */
void show_image(struct view *view);

#endif
