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

/** mkdir -p for an absolute path inside the container. */
void make_parents(const char *path, bool last_too);
/** Covers a file with /dev/null and a directory with an empty one. Failing to hide what is there is fatal. */
void hide(const char *path);
/** The paths Docker masks, and those it makes read-only. The current directory is the host's root. */
void mount_proc(void);
void mount_sys(void);
/** Adds attributes to a mount, and to those below it. */
long add_attributes(const char *path, uint64_t attributes);
/**
 * Takes a volume's mounts from the host: before the root is made read-only, for as long as the host's mounts are below it,
 * they become so too. The current directory is the host's root.
 */
void open_volume(struct place *place);
/** Mounts a volume, or a tmpfs, over the finished root. */
void mount_volume(const struct place *place);

/** Makes `root` in the state directory, the current one, the image with a writable layer over it. */
void show_image(struct view *view);

#endif
