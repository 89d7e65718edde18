/*
 * gangway-sandbox: what the sandbox runtime needs of Linux and JavaScript cannot do. Mechanism only: which image,
 * which directories to hide, which environment is decided by its caller, src/platform/runtime/sandbox.
 *
 *   run --state DIR --image DIR --hostname NAME --directory DIR --user USER [--read-only]
 *       [--empty MODE PATH | --mask PATH | --file NAME PATH]... -- COMMAND [ARGUMENT...]
 *   enter --directory DIR [--terminal COLUMNS ROWS] -- COMMAND [ARGUMENT...]
 *   remove PARENT NAME
 *   seal
 *   version
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

static _Noreturn void parse_run(char **argv, char **environment) {
  static struct container container;
  container = (struct container){.image = "/", .directory = "/", .user = "", .hostname = "gangway"};
  container.whole_argv = argv;
  container.environment = environment;
  char **at = argv + 2;
  for (; *at && !same(*at, "--"); at++) {
    const char *option = *at;
    if (same(option, "--read-only")) {
      container.read_only = true;
      continue;
    }
    if (!*++at) usage(option);
    if (same(option, "--state")) container.state = *at;
    else if (same(option, "--image")) container.image = *at;
    else if (same(option, "--hostname")) container.hostname = *at;
    else if (same(option, "--directory")) container.directory = *at;
    else if (same(option, "--user")) container.user = *at;
    else {
      struct place *place = &container.places[container.place_count];
      if (container.place_count++ >= PLACES_MAX) usage("too many places");
      if (same(option, "--mask")) {
        *place = (struct place){.kind = PLACE_MASK, .path = *at};
      } else {
        if (!same(option, "--empty") && !same(option, "--file")) usage(option);
        *place = (struct place){.kind = same(option, "--empty") ? PLACE_EMPTY : PLACE_FILE, .name = at[0], .path = at[1]};
        place->mode = octal(place->name);
        if (!*++at) usage(option);
      }
      if (place->path[0] != '/') usage(place->path);
    }
  }
  if (!container.state || !*at || !at[1] || container.directory[0] != '/') usage("run");
  container.argv = at + 1;
  run_mode(&container);
}

static _Noreturn void parse_enter(char **argv, char **environment) {
  const char *directory = "/";
  long columns = -1, rows = -1;
  char **at = argv + 2;
  for (; *at && !same(*at, "--"); at++) {
    if (same(*at, "--directory") && at[1]) directory = *++at;
    else if (same(*at, "--terminal") && at[1] && at[2]) {
      columns = number_until(*++at, 0);
      rows = number_until(*++at, 0);
      if (columns < 0 || columns > 65535 || rows < 0 || rows > 65535) usage("--terminal");
    } else usage(*at);
  }
  if (!*at || !at[1]) usage("enter");
  enter_mode(directory, columns >= 0, (unsigned)columns, (unsigned)rows, at + 1, environment);
}

/** The stack as the kernel leaves it: argument count, arguments, NULL, environment, NULL. */
__attribute__((used)) _Noreturn void start(long *stack) {
  const long count = stack[0];
  char **argv = (char **)(stack + 1), **environment = argv + count + 1;
  const char *mode = count > 1 ? argv[1] : "";
  if (same(mode, "run")) parse_run(argv, environment);
  if (same(mode, "enter")) parse_enter(argv, environment);
  if (same(mode, "remove") && count == 4) remove_mode(argv[2], argv[3]);
  if (same(mode, "seal")) seal_mode();
  if (same(mode, "version")) quit(write_all(1, version, sizeof version - 1) ? 0 : 1);
  usage("gangway-sandbox run | enter | remove | seal | version");
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x29, xzr\n mov x30, xzr\n mov x0, sp\n b start\n");
#endif
