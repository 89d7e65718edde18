/*
 * gangway-sandbox: what the sandbox runtime needs of Linux and JavaScript cannot do. Mechanism only: which image,
 * which directories to hide, which environment is decided by its caller, src/platform/runtime/sandbox.
 *
 *   run --state DIR --image DIR --hostname NAME --directory DIR --user USER [--read-only]
 *       [--empty MODE PATH | --mask PATH | --file NAME PATH]... [--volume rw|ro SOURCE PATH | --tmpfs FLAGS OPTIONS PATH]...
 *       [--shm SIZE] [--join SPACE | --keep SPACE | --own SPACE]... [LIMIT...] -- COMMAND [ARGUMENT...]
 *   enter --directory DIR [--terminal COLUMNS ROWS] [--user USER] [--group PATH]... [--toolbox STATE [--tool PATH | --mask PATH]...]
 *         [LIMIT...] -- COMMAND [ARGUMENT...]
 *   task [--space SPACE]... [--shm PATH SIZE]
 *   pause [--forward PORT SOCKET]...
 *   remove PARENT NAME
 *   seal
 *   version
 *
 * LIMIT is `--capabilities MASK` or `--limit RESOURCE SOFT HARD`; SPACE `pid`, `ipc`, `net` or `mnt`.
 *
 * The environment of this process becomes that of the command. Command lines are public on a host, environments not.
 */
#include "sandbox.h"

#define MFD_EXEC_SINCE_6_3 0x10u /* MFD_EXEC of newer headers */

#ifndef SOURCE_SHA256
#define SOURCE_SHA256 "unknown"
#endif
static const char version[] = "gangway-sandbox source-sha256=" SOURCE_SHA256 "\n";

static _Noreturn void usage(const char *what) {
  report_to(2);
  fail(-EINVAL, "usage", what);
}

/**
 * Copies this program into sealed memory and says under which descriptor; ends when stdin does. Every other mode runs
 * from that copy: /proc/1/exe in a container would otherwise be a writable way to the file on the host.
 */
static _Noreturn void seal_mode(void) {
  char data[4096];
  report_to(1);
  int program = (int)need(open_at(AT_FDCWD, "/proc/self/exe", O_RDONLY), "seal", "/proc/self/exe");
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  long copy = sys(memfd_create, "gangway-sandbox", flags | MFD_EXEC_SINCE_6_3);
  if (copy == -EINVAL) copy = sys(memfd_create, "gangway-sandbox", flags);
  need(copy, "seal", "memfd_create");
  for (;;) {
    long got = need(sys(read, program, data, sizeof data), "seal", "read");
    if (got == 0) break;
    if (!write_all((int)copy, data, (size_t)got)) fail(-ENOSPC, "seal", "write");
  }
  need(sys(fchmod, copy, 0555), "seal", "mode");
  need(sys(fcntl, copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "seal", "F_ADD_SEALS");
  struct text line;
  path_of(&line, "sealed ");
  put_number(&line, copy);
  put(&line, "\n");
  write_all(1, line.data, line.length);
  while (sys(read, 0, data, sizeof data) > 0) continue;
  quit(0);
}

static unsigned octal(const char *text) {
  unsigned mode = 0;
  for (; *text >= '0' && *text <= '7'; text++) mode = mode << 3 | (unsigned)(*text - '0');
  return mode & 07777;
}

/** One of `--mask PATH`, `--empty MODE PATH`, …; returns its last word. */
static char **parse_place(char **at, struct place *place) {
  const char *option = at[0];
  if (!at[1]) usage(option);
  if (same(option, "--mask")) {
    *place = (struct place){.kind = PLACE_MASK, .path = at[1]};
    return at + 1;
  }
  if (!at[2]) usage(option);
  *place = (struct place){.name = at[1], .path = at[2]};
  if (same(option, "--empty")) place->kind = PLACE_EMPTY, place->mode = octal(at[1]);
  else if (same(option, "--file")) place->kind = PLACE_FILE;
  else if (!at[3]) usage(option);
  else {
    *place = (struct place){.name = at[2], .path = at[3]};
    if (same(option, "--volume")) place->kind = PLACE_VOLUME, place->mode = same(at[1], "ro");
    else if (same(option, "--tmpfs")) place->kind = PLACE_TMPFS, place->mode = (unsigned)number_until(at[1], 0);
    else usage(option);
    return at + 3;
  }
  return at + 2;
}

static unsigned long space(const char *name) {
  unsigned long type = namespace_type(name);
  if (!type) usage(name);
  return type;
}

static _Noreturn void parse_run(char **argv, char **environment) {
  static struct container container;
  container = (struct container){.image = "/", .directory = "/", .user = "", .hostname = "gangway", .shm = "65536k"};
  container.limits.capabilities = ~0ull;
  container.kept = CLONE_NEWNET;
  container.whole_argv = argv;
  container.environment = environment;
  char **at = argv + 2;
  for (; *at && !same(*at, "--"); at++) {
    const char *option = *at;
    if (same(option, "--read-only")) {
      container.read_only = true;
      continue;
    }
    char **last = limits_option(at, &container.limits);
    if (last) {
      at = last;
      continue;
    }
    if (!*++at) usage(option);
    if (same(option, "--state")) container.state = *at;
    else if (same(option, "--image")) container.image = *at;
    else if (same(option, "--hostname")) container.hostname = *at;
    else if (same(option, "--directory")) container.directory = *at;
    else if (same(option, "--user")) container.user = *at;
    else if (same(option, "--shm")) container.shm = *at;
    else if (same(option, "--join")) container.joined |= space(*at);
    else if (same(option, "--keep")) container.kept |= space(*at);
    else if (same(option, "--own")) container.kept &= ~space(*at);
    else {
      if (container.place_count >= PLACES_MAX) usage("too many places");
      struct place *place = &container.places[container.place_count++];
      at = parse_place(at - 1, place);
      if (place->path[0] != '/') usage(place->path);
    }
  }
  if (!container.state || !*at || !at[1] || container.directory[0] != '/') usage("run");
  container.argv = at + 1;
  run_mode(&container);
}

static _Noreturn void parse_enter(char **argv, char **environment) {
  static struct entry entry;
  entry = (struct entry){.directory = "/", .environment = environment};
  entry.limits.capabilities = ~0ull;
  long columns = -1, rows = -1;
  char **at = argv + 2;
  for (; *at && !same(*at, "--"); at++) {
    char **last = limits_option(at, &entry.limits);
    if (last) at = last;
    else if (same(*at, "--directory") && at[1]) entry.directory = *++at;
    else if (same(*at, "--user") && at[1]) entry.user = *++at;
    else if (same(*at, "--toolbox") && at[1]) entry.state = *++at;
    else if (same(*at, "--tool") && at[1] && at[1][0] == '/' && entry.tool_count < TOOLS_MAX)
      entry.tools[entry.tool_count++] = *++at;
    else if (same(*at, "--mask") && at[1] && at[1][0] == '/' && entry.mask_count < MASKS_MAX)
      entry.masks[entry.mask_count++] = *++at;
    else if (same(*at, "--group") && at[1] && entry.group_count < GROUPS_MAX) entry.groups[entry.group_count++] = *++at;
    else if (same(*at, "--terminal") && at[1] && at[2]) {
      columns = number_until(*++at, 0);
      rows = number_until(*++at, 0);
      if (columns < 0 || columns > 65535 || rows < 0 || rows > 65535) usage("--terminal");
    } else usage(*at);
  }
  if (!*at || !at[1]) usage("enter");
  entry.terminal = columns >= 0, entry.columns = (unsigned)columns, entry.rows = (unsigned)rows;
  entry.argv = at + 1;
  enter_mode(&entry);
}

static _Noreturn void parse_task(char **argv) {
  struct task task = {.whole_argv = argv};
  for (char **at = argv + 2; *at; at++) {
    if (same(*at, "--space") && at[1]) task.spaces |= space(*++at);
    else if (same(*at, "--shm") && at[1] && at[2]) task.shm_path = at[1], task.shm = at[2], at += 2;
    else usage(*at);
  }
  task_mode(&task);
}

static _Noreturn void parse_pause(char **argv) {
  static struct forward forwards[FORWARDS_MAX];
  size_t count = 0;
  report_to(2);
  for (char **at = argv + 2; *at; at += 3) {
    if (!same(*at, "--forward") || !at[1] || !at[2] || count == FORWARDS_MAX) usage("pause");
    forwards[count] = (struct forward){.port = number_until(at[1], 0), .path = at[2]};
    if (forwards[count].port < 1 || forwards[count].port > 65535) usage(at[1]);
    count++;
  }
  pause_mode(forwards, count);
}

/** The stack as the kernel leaves it: argument count, arguments, NULL, environment, NULL. */
__attribute__((used)) _Noreturn void start(long *stack) {
  const long count = stack[0];
  char **argv = (char **)(stack + 1), **environment = argv + count + 1;
  const char *mode = count > 1 ? argv[1] : "";
  if (same(mode, "run")) parse_run(argv, environment);
  if (same(mode, "enter")) parse_enter(argv, environment);
  if (same(mode, "task")) parse_task(argv);
  if (same(mode, "remove") && count == 4) remove_mode(argv[2], argv[3]);
  if (same(mode, "pause")) parse_pause(argv);
  if (same(mode, "seal")) seal_mode();
  if (same(mode, "version")) quit(write_all(1, version, sizeof version - 1) ? 0 : 1);
  usage("gangway-sandbox run | enter | task | pause | remove | seal | version");
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x29, xzr\n mov x30, xzr\n mov x0, sp\n b start\n");
#endif
