/*
 * `enter`: one more process in a container, as user 0 with the container's capabilities.
 *
 * This process stays outside as its parent: it waits, signals, and with a terminal carries the bytes between the pty
 * of the container's own devpts and two pipes. Node opens its ends of the pipes through /proc/<this process>/fd, so
 * that the ends in the container are real pipes: /dev/stderr can be opened again, which a socket refuses.
 *
 *   says `pipes IN OUT ERR` (ERR is -1 with a terminal), then `started` or an `error` line
 *   reads `opened`, and only then lets go of Node's ends
 *   ... `resize COLUMNS ROWS`, `signal N`
 *   says `exit CODE` when the process has ended; with a terminal it stays until the last holder has closed that
 */
#include "sandbox.h"

#define PIPE_SIZE (256 << 10)

struct buffer {
  unsigned start, end, size;
  char *data;
};

struct entered {
  long pid; /* 0 once reaped */
  int node[3]; /* Node's ends of stdin, stdout, stderr, held until `opened` */
  int input, output; /* with a terminal: our ends; -1 once closed */
  int terminal;      /* the master; -1 without, or when hung up */
  bool ended;        /* no slave was open any more; the master stays: closing it would SIGHUP a process about to exit */
  int report;        /* the process's report; -1 once read to its end */
  bool failed;
  struct buffer to_terminal, from_terminal;
};

static const struct {
  const char *name;
  long type;
} spaces[] = {{"ns/user", CLONE_NEWUSER}, {"ns/pid", CLONE_NEWPID}, {"ns/ipc", CLONE_NEWIPC},
              {"ns/uts", CLONE_NEWUTS},   {"ns/mnt", CLONE_NEWNS}};
#define SPACES (sizeof spaces / sizeof *spaces)

static bool is_own_user_namespace(int fd) {
  struct statx own, other;
  return sys(statx, AT_FDCWD, "/proc/self/ns/user", 0, STATX_INO, &own) == 0 &&
         sys(statx, fd, "", AT_EMPTY_PATH, STATX_INO, &other) == 0 && own.stx_ino == other.stx_ino;
}

/** A new pty of the container's devpts, whatever its root file system has been made to look like. */
static int open_terminal(struct winsize *size) {
  struct open_how how = {.flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
                         .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
  int root = (int)need(open_at(INIT_FD, "root", O_PATH | O_DIRECTORY), "container", "root");
  long master = sys(openat2, root, "dev/pts/ptmx", &how, sizeof how);
  if (master == -ENOSYS) /* before Linux 5.6 */
    master = sys(openat, root, "dev/pts/ptmx", (int)how.flags | O_NOFOLLOW, 0);
  need(master, "terminal", "/dev/pts/ptmx");
  int unlocked = 0;
  need(sys(ioctl, master, TIOCSPTLCK, &unlocked), "terminal", "unlock");
  need(sys(ioctl, master, TIOCSWINSZ, size), "terminal", "size");
  sys(close, root);
  return (int)master;
}

struct streams {
  int in, out, err;
};

static _Noreturn void entered_process(const int space[SPACES], const char *directory, const struct streams *streams,
                                      bool terminal, int report[2], char **argv, char **environment) {
  struct identity root = {.uid = 0};
  report_to(report[1]);
  sys(close, report[0]);
  /* Until exec the program's memory and descriptors are nobody's business in there. */
  sys(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  die_with_parent(report[1]);
  for (size_t i = 2; i < SPACES; i++) need(sys(setns, space[i], spaces[i].type), "container", spaces[i].name);
  sys(setsid);
  if (terminal) need(sys(ioctl, streams->in, TIOCSCTTY, 0), "terminal", "controlling terminal");
  need(sys(dup3, streams->in, 0, 0), "process", "stdin");
  need(sys(dup3, streams->out, 1, 0), "process", "stdout");
  need(sys(dup3, streams->err, 2, 0), "process", "stderr");
  int kept = keep_report_only(report[1]);
  limit_capabilities();
  take_identity(&root);
  /* Again: credentials that change clear the death signal. */
  die_with_parent(kept);
  /* Somebody who enters to repair a removed working directory is let in. */
  if (sys(chdir, directory) < 0) need(sys(chdir, "/"), "directory", "/");
  run_command(argv, environment);
}

/* --- bytes between pty and pipes --- */

static bool is_empty(const struct buffer *buffer) { return buffer->start == buffer->end; }

/** Writes what it can. Returns false when the other side is gone. */
static bool drain(struct buffer *buffer, int fd) {
  while (!is_empty(buffer)) {
    long written = sys(write, fd, buffer->data + buffer->start, buffer->end - buffer->start);
    if (written == -EINTR) continue;
    if (written == -EAGAIN) return true;
    if (written <= 0) return false;
    buffer->start += (unsigned)written;
  }
  buffer->start = buffer->end = 0;
  return true;
}

/** Reads until there is nothing more or the buffer is full: a pty gives at most 4 kB at a time. False at the end. */
static bool fill(struct buffer *buffer, int fd) {
  while (buffer->end < buffer->size) {
    long got = sys(read, fd, buffer->data + buffer->end, buffer->size - buffer->end);
    if (got == -EINTR) continue;
    if (got == -EAGAIN) return true;
    if (got <= 0) return false; /* EIO: no slave is open any more */
    buffer->end += (unsigned)got;
  }
  return true;
}

static void shut(int *fd) {
  if (*fd >= 0) sys(close, *fd);
  *fd = -1;
}

static void carry(struct entered *entered, short input, short output, short terminal) {
  struct buffer *in = &entered->to_terminal, *out = &entered->from_terminal;
  if (output & (POLLERR | POLLHUP)) {
    /* Node has let go of the output: hang up. The kernel sends SIGHUP to whom it concerns. */
    shut(&entered->output);
    shut(&entered->terminal);
  }
  if (entered->terminal >= 0 && (terminal & (POLLIN | POLLHUP | POLLERR)) && is_empty(out))
    entered->ended = !fill(out, entered->terminal);
  if (entered->output >= 0 && !is_empty(out) && !drain(out, entered->output)) {
    shut(&entered->output);
    shut(&entered->terminal);
  }
  if (entered->input >= 0 && input && is_empty(in) && !fill(in, entered->input)) shut(&entered->input);
  if (entered->terminal < 0 || entered->ended || !drain(in, entered->terminal)) {
    in->start = in->end = 0;
    shut(&entered->input);
  }
  /* All output has gone: its end is the news. */
  if (entered->ended && is_empty(out)) shut(&entered->output);
}

/* --- commands, report, exit --- */

static void send_signal(const struct entered *entered, bool terminal, long signal) {
  if (!entered->pid) return;
  /* With a terminal the process leads a session and a group; in the instant before it does, it stands alone. */
  if (!terminal || sys(kill, -entered->pid, signal) < 0) sys(kill, entered->pid, signal);
}

static _Noreturn void give_up(struct entered *entered, bool told) {
  if (entered->pid) sys(kill, entered->pid, SIGKILL);
  if (told) fail(-EINVAL, "protocol", "unknown command");
  quit(1);
}

static void obey(struct entered *entered, struct command command, bool terminal) {
  switch (command.kind) {
    case COMMAND_OPENED:
      for (int i = 0; i < 3; i++) shut(&entered->node[i]);
      return;
    case COMMAND_SIGNAL:
      return send_signal(entered, terminal, command.first);
    case COMMAND_RESIZE: {
      struct winsize size = {.ws_col = (unsigned short)(command.first > 65535 ? 65535 : command.first),
                             .ws_row = (unsigned short)(command.second > 65535 ? 65535 : command.second)};
      if (entered->terminal >= 0) sys(ioctl, entered->terminal, TIOCSWINSZ, &size);
      return;
    }
    default:
      give_up(entered, command.kind == COMMAND_BAD);
  }
}

/** Passes the process's `error` line on, or says `started` when exec has closed the pipe without one. */
static void pass_report(struct entered *entered) {
  char line[512];
  long got = sys(read, entered->report, line, sizeof line);
  if (got == -EINTR || got == -EAGAIN) return;
  if (got > 0) {
    entered->failed = true;
    write_all(CONTROL_FD, line, (size_t)got);
    return;
  }
  shut(&entered->report);
  if (!entered->failed) say("started", NULL, 0);
}

static _Noreturn void attend(struct entered *entered, int children, bool terminal) {
  struct control control = {.length = 0};
  for (;;) {
    const bool to = !is_empty(&entered->to_terminal), from = !is_empty(&entered->from_terminal);
    const short want = (short)((from ? 0 : POLLIN) | (to ? POLLOUT : 0));
    struct pollfd fds[] = {
        {.fd = CONTROL_FD, .events = POLLIN},
        {.fd = children, .events = POLLIN},
        {.fd = entered->report, .events = POLLIN},
        {.fd = to ? -1 : entered->input, .events = POLLIN},
        {.fd = entered->output, .events = from ? POLLOUT : 0},
        /* A pty whose slaves are closed is always ready: not asked while its last bytes wait for room. */
        {.fd = want && !entered->ended ? entered->terminal : -1, .events = want},
    };
    if (sys(ppoll, fds, 6, NULL, NULL, 0) < 0) continue;
    if (fds[2].revents) pass_report(entered);
    if (fds[0].revents) {
      struct command command = control_read(&control);
      for (; command.kind != COMMAND_NONE; command = control_next(&control)) obey(entered, command, terminal);
    }
    if (terminal) carry(entered, fds[3].revents, fds[4].revents, fds[5].revents);
    if (fds[1].revents && entered->report < 0) {
      int status;
      if (entered->pid && sys(wait4, entered->pid, &status, WNOHANG, NULL) == entered->pid) {
        entered->pid = 0;
        if (!entered->failed) say("exit", (const long[]){exit_code(status)}, 1);
      }
    }
    /* Node's ends stay open here until it has its own. */
    if (!entered->pid && entered->output < 0 && entered->node[1] < 0) quit(0);
  }
}

_Noreturn void enter_mode(const char *directory, bool terminal, unsigned columns, unsigned rows, char **argv,
                          char **environment) {
  static char to_terminal[8 << 10], from_terminal[32 << 10];
  static struct entered entered = {.input = -1, .output = -1, .terminal = -1, .node = {-1, -1, -1}};
  int space[SPACES], in[2], out[2], err[2] = {-1, -1}, report[2];
  struct streams streams;
  report_to(CONTROL_FD);
  become_supervisor(INIT_FD + 1);
  entered.to_terminal = (struct buffer){.size = sizeof to_terminal, .data = to_terminal};
  entered.from_terminal = (struct buffer){.size = sizeof from_terminal, .data = from_terminal};

  for (size_t i = 0; i < SPACES; i++)
    space[i] = (int)need(open_at(INIT_FD, spaces[i].name, O_RDONLY), "container", spaces[i].name);
  need(sys(pipe2, in, O_CLOEXEC), "process", "pipe");
  need(sys(pipe2, out, O_CLOEXEC), "process", "pipe");
  if (terminal) {
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    entered.terminal = open_terminal(&size);
    int slave = (int)need(sys(ioctl, entered.terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "terminal", "slave");
    streams = (struct streams){slave, slave, slave};
    entered.input = in[0], entered.output = out[1];
    sys(fcntl, in[0], F_SETFL, O_NONBLOCK);
    sys(fcntl, out[1], F_SETFL, O_NONBLOCK | O_WRONLY);
  } else {
    need(sys(pipe2, err, O_CLOEXEC), "process", "pipe");
    streams = (struct streams){in[0], out[1], err[1]};
    /* Refused past the user's limit; the pipes are then of the usual size. */
    sys(fcntl, in[1], F_SETPIPE_SZ, PIPE_SIZE);
    sys(fcntl, out[0], F_SETPIPE_SZ, PIPE_SIZE);
  }
  entered.node[0] = in[1], entered.node[1] = out[0], entered.node[2] = err[0];

  if (!is_own_user_namespace(space[0])) {
    need(sys(setns, space[0], CLONE_NEWUSER), "container", "ns/user");
    /* The change of credentials has taken both away; Node is to open /proc/<this process>/fd. */
    sys(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    sys(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  }
  need(sys(setns, space[1], CLONE_NEWPID), "container", "ns/pid"); /* for the child: this process stays outside */
  need(sys(pipe2, report, O_CLOEXEC), "process", "pipe");
  int children = child_signals();
  entered.pid = need(sys(clone, SIGCHLD, 0, 0, 0, 0), "container", "fork");
  if (entered.pid == 0) entered_process(space, directory, &streams, terminal, report, argv, environment);

  sys(close, report[1]);
  entered.report = report[0];
  for (size_t i = 0; i < SPACES; i++) sys(close, space[i]);
  sys(close, INIT_FD);
  sys(close, streams.in);
  if (!terminal) sys(close, streams.out), sys(close, streams.err);
  say("pipes", (const long[]){in[1], out[0], err[0]}, 3);
  attend(&entered, children, terminal);
}
