/* Namespaces that processes share: to enter them, and to end what is in one. */
#include "sandbox.h"

static const struct {
  const char *name, *path;
  unsigned long type;
} spaces[] = {{"user", "ns/user", CLONE_NEWUSER}, {"pid", "ns/pid", CLONE_NEWPID}, {"ipc", "ns/ipc", CLONE_NEWIPC},
              {"uts", "ns/uts", CLONE_NEWUTS},    {"net", "ns/net", CLONE_NEWNET}, {"mnt", "ns/mnt", CLONE_NEWNS}};
#define SPACES (sizeof spaces / sizeof *spaces)

unsigned long namespace_type(const char *name) {
  for (size_t i = 0; i < SPACES; i++)
    if (same(name, spaces[i].name)) return spaces[i].type;
  return 0;
}

bool namespace_join(int process, unsigned long type) {
  struct statx own, other;
  struct text mine;
  size_t i = 0;
  while (spaces[i].type != type) i++;
  path_of(&mine, "/proc/self/", spaces[i].path);
  int space = (int)need(open_at(process, spaces[i].path, O_RDONLY), "container", spaces[i].path);
  bool inside = sys(statx, AT_FDCWD, mine.data, 0, STATX_INO, &own) == 0 &&
                sys(statx, space, "", AT_EMPTY_PATH, STATX_INO, &other) == 0 && own.stx_ino == other.stx_ino;
  if (!inside) need(sys(setns, space, type), "container", spaces[i].path);
  sys(close, space);
  if (!inside && type == CLONE_NEWUSER) {
    /* The change of credentials has taken both away; Node is to open /proc/<this process>/fd. */
    sys(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    sys(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  }
  return !inside;
}

static void write_file(const char *path, const char *data) {
  int fd = (int)need(open_at(AT_FDCWD, path, O_WRONLY), "namespaces", path);
  need(sys(write, fd, data, length_of(data)), "namespaces", path);
  sys(close, fd);
}

void map_identity(unsigned long uid, unsigned long gid) {
  struct text line;
  write_file("/proc/self/setgroups", "deny");
  path_of(&line, "0 ");
  put_number(&line, (long)uid);
  put(&line, " 1\n");
  write_file("/proc/self/uid_map", line.data);
  path_of(&line, "0 ");
  put_number(&line, (long)gid);
  put(&line, " 1\n");
  write_file("/proc/self/gid_map", line.data);
}

void loopback_up(void) {
  /* struct ifreq: a name and, of its union, the flags */
  struct {
    char name[16];
    short flags;
    char rest[22];
  } request = {.name = "lo"};
  int socket = (int)need(sys(socket, 2 /* AF_INET */, 2 /* SOCK_DGRAM on both machines */ | O_CLOEXEC, 0), "network", "lo");
  need(sys(ioctl, socket, 0x8913 /* SIOCGIFFLAGS */, &request), "network", "lo");
  request.flags |= 1; /* IFF_UP */
  need(sys(ioctl, socket, 0x8914 /* SIOCSIFFLAGS */, &request), "network", "lo");
  sys(close, socket);
}

static void namespace_path(long pid, struct text *path) {
  path_of(path, "/proc/");
  put_number(path, pid);
  put(path, "/ns/mnt");
}

void mount_namespace_hold(long pid, struct text *name) {
  struct text path;
  namespace_path(pid, &path);
  clear(name);
  if (open_at(AT_FDCWD, path.data, O_RDONLY) >= 0) mount_namespace(pid, name);
}

void mount_namespace(long pid, struct text *name) {
  struct text path;
  namespace_path(pid, &path);
  long length = sys(readlinkat, AT_FDCWD, path.data, name->data, sizeof name->data - 1);
  name->length = length > 0 ? (unsigned)length : 0;
  name->data[name->length] = 0;
}

static bool kill_once(const struct text *name) {
  struct text other;
  char entries[2048];
  bool found = false;
  int directory = open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY);
  for (;;) {
    long length = directory < 0 ? 0 : sys(getdents64, directory, entries, sizeof entries);
    if (length <= 0) break;
    for (long at = 0; at < length;) {
      uint16_t size;
      memcpy(&size, entries + at + 16, sizeof size); /* struct linux_dirent64: ino, off, reclen, type, name */
      long pid = number_until(entries + at + 19, 0);
      at += size;
      if (pid <= 1) continue;
      mount_namespace(pid, &other);
      if (!other.length || !same(other.data, name->data)) continue;
      found = true;
      sys(kill, pid, SIGKILL);
    }
  }
  sys(close, directory);
  return found;
}

void kill_mount_namespace(const struct text *name) {
  struct __kernel_timespec moment = {0, 1000000};
  while (name->length && kill_once(name)) sys(ppoll, NULL, 0, &moment, NULL, 0);
}

void hide_command_line(char **argv, const char *title) {
  const size_t length = length_of(title);
  char *last = argv[0];
  for (char **argument = argv; *argument; argument++) last = *argument;
  const size_t room = (size_t)(last - argv[0]) + length_of(last);
  memset(argv[0], 0, room);
  memcpy(argv[0], title, room < length ? room : length);
  sys(prctl, PR_SET_NAME, title, 0, 0, 0);
}
