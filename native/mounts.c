#include "mounts.h"

#define DATA_MAX (8u << 20) /* reserved, not touched: some 20,000 mounts */
#define LIST_MAX 16384u

/* An overlay mounted below is another container's root. fuse* is left out: its server may be slow, or gone. */
static const char *const storage[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs",
                                      "nfs",  "nfs4", "vfat", "squashfs", "erofs", "virtiofs", "9p"};

bool path_is_within(const char *path, const char *directory) {
  const char *rest = after_prefix(path, directory);
  return rest && (*rest == 0 || *rest == '/' || directory[1] == 0);
}

static char *reserve(size_t size) {
  return (char *)need(sys(mmap, 0, size, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0), "memory", "mounts");
}

/** Ends the field at `*at` and moves to the next one of the line. */
static char *field(char **at) {
  char *start = *at;
  while (**at && **at != ' ' && **at != '\n') (*at)++;
  if (**at == ' ') *(*at)++ = 0;
  return start;
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
static void unescape(char *text) {
  char *to = text;
  while (*text) {
    if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] && text[3]) {
      *to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
      text += 4;
    } else {
      *to++ = *text++;
    }
  }
  *to = 0;
}

void mounts_read(struct mounts *mounts) {
  int fd = (int)need(open_at(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY), "mount", "/proc/self/mountinfo");
  size_t length = 0;
  mounts->data = reserve(DATA_MAX);
  mounts->list = (struct mounted *)reserve(LIST_MAX * sizeof *mounts->list);
  mounts->count = 0;
  for (;;) {
    long got = need(sys(read, fd, mounts->data + length, DATA_MAX - 1 - length), "mount", "/proc/self/mountinfo");
    if (got == 0) break;
    length += (size_t)got;
  }
  sys(close, fd);
  /* 36 35 98:0 /root /mount/point rw,noatime [optional fields] - type source options */
  for (char *at = mounts->data; *at && mounts->count < LIST_MAX;) {
    struct mounted *mounted = &mounts->list[mounts->count++];
    for (int skipped = 0; skipped < 4; skipped++) field(&at);
    char *path = field(&at);
    while (*at && *at != '\n' && !same(field(&at), "-")) continue;
    char *type = field(&at);
    while (*at && *at != '\n') at++;
    if (*at) *at++ = 0;
    unescape(path);
    mounted->path = path;
    mounted->is_storage = false;
    for (size_t i = 0; i < sizeof storage / sizeof *storage; i++)
      mounted->is_storage = mounted->is_storage || same(type, storage[i]);
  }
}

void mounts_free(struct mounts *mounts) {
  sys(munmap, mounts->data, DATA_MAX);
  sys(munmap, mounts->list, LIST_MAX * sizeof *mounts->list);
}

bool has_mount_below(const struct mounts *mounts, const char *path) {
  for (unsigned i = 0; i < mounts->count; i++)
    if (path_is_within(mounts->list[i].path, path) && !same(mounts->list[i].path, path)) return true;
  return false;
}

bool is_pseudo_mount(const struct mounts *mounts, const char *path) {
  bool pseudo = false; /* the last one mounted there is the one seen */
  for (unsigned i = 0; i < mounts->count; i++)
    if (same(mounts->list[i].path, path)) pseudo = !mounts->list[i].is_storage;
  return pseudo;
}

unsigned long locked_flags(const char *path) {
  /* ST_* of statfs and MS_* of mount agree in these bits; only relatime has another. */
  struct statfs status;
  if (sys(statfs, path, &status) < 0) return 0;
  unsigned long found = (unsigned long)status.f_flags;
  unsigned long flags = found & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
  return found & 0x1000 /* ST_RELATIME */ ? flags | MS_RELATIME : flags;
}
