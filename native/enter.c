/*
 * `enter`: one more process in a container, as user 0 with the container's capabilities.
 *
 * This process stays outside as its parent: it waits and signals. With pipes, Node opens its ends through
 * /proc/<this process>/fd, so that the ends in the container are real pipes: /dev/stderr can be opened again, which a
 * socket refuses. With a terminal, Node has opened the master of a pty in the container's own devpts and this process
 * inherits it, to set it up and to change its size; Node alone reads and writes it.
 *
 *   with pipes: says `pipes IN OUT ERR`, reads `opened`, and only then lets go of Node's ends
 *   says `process PID`, then `started` or an `error` line
 *   ... `resize COLUMNS ROWS`, `signal N`, `hangup`
 *   ... `echo`: says `echo 1` when the terminal shows what is typed at this moment, else `echo 0`
 *   says `usage CPU PEAK` (milliseconds; kB, of the largest process) and `exit CODE` when the process has ended; with a terminal it stays until `hangup`
 */
#include "sandbox.h"

#define PIPE_SIZE (256 << 10)

struct entered {
  long pid;     /* 0 once reaped */
  int node[3];  /* Node's ends of stdin, stdout, stderr, held until `opened`; -1 with a terminal */
  int terminal; /* the master, held so that the end of Node's reading is no hangup; -1 without, or when hung up */
  int report;   /* the process's report; -1 once read to its end */
  bool failed;
};

/** Makes the pty ready and opens its other end, whatever the container's /dev has been made to look like. */
static int open_slave(struct winsize *size) {
  int unlocked = 0;
  need(sys(ioctl, MASTER_FD, TIOCSPTLCK, &unlocked), "terminal", "unlock");
  need(sys(ioctl, MASTER_FD, TIOCSWINSZ, size), "terminal", "size");
  return (int)need(sys(ioctl, MASTER_FD, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "terminal", "slave");
}

struct streams {
  int in, out, err;
};

static _Noreturn void entered_process(const struct entry *entry, const struct streams *streams, int report[2],
                                      const int groups[GROUPS_MAX]) {
  static struct identity identity = {.uid = 0};
  char **environment = entry->environment;
  report_to(report[1]);
  sys(close, report[0]);
  /* Until exec the program's memory and descriptors are nobody's business in there. */
  sys(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  die_with_parent(report[1]);
  for (unsigned i = 0; i < entry->group_count; i++)
    if (groups[i] >= 0) sys(write, groups[i], "0", 1); /* an ended container has none: what follows says so */
  static const unsigned long spaces[] = {CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNET};
  for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) namespace_join(INIT_FD, spaces[i]);
  if (entry->state) {
    toolbox_build(entry, (int)need(open_at(INIT_FD, "ns/mnt", O_RDONLY), "container", "ns/mnt"), &identity);
  } else {
    namespace_join(INIT_FD, CLONE_NEWNS);
    if (entry->user) identity_find(entry->user, &identity);
  }
  sys(setsid);
  if (entry->terminal) need(sys(ioctl, streams->in, TIOCSCTTY, 0), "terminal", "controlling terminal");
  need(sys(dup3, streams->in, 0, 0), "process", "stdin");
  need(sys(dup3, streams->out, 1, 0), "process", "stdout");
  need(sys(dup3, streams->err, 2, 0), "process", "stderr");
  /* So that the command of another user can open /dev/stdout, or its terminal, again. A terminal stays in its group. */
  if (identity.uid || identity.gid)
    for (int fd = 0; fd < 3; fd++) sys(fchown, fd, identity.uid, entry->terminal ? ~0u : identity.gid);
  int kept = keep_report_only(report[1]);
  limits_raise(&entry->limits);
  limit_capabilities();
  bounds_take(&entry->limits);
  take_identity(&identity);
  /* Again: credentials that change clear the death signal. */
  die_with_parent(kept);
  /* Somebody who enters to repair a removed working directory is let in. */
  if (sys(chdir, entry->directory) < 0) need(sys(chdir, "/"), "directory", "/");
  if (entry->user) environment = with_home(environment, &identity.home);
  limits_take(&entry->limits);
  run_command(entry->argv, environment);
}

static void shut(int *fd) {
  if (*fd >= 0) sys(close, *fd);
  *fd = -1;
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
    case COMMAND_HANGUP:
      /* Node has closed its own: the kernel sends SIGHUP to whom it concerns. */
      return shut(&entered->terminal);
    case COMMAND_SIGNAL:
      return send_signal(entered, terminal, command.first);
    case COMMAND_RESIZE: {
      struct winsize size = {.ws_col = (unsigned short)(command.first > 65535 ? 65535 : command.first),
                             .ws_row = (unsigned short)(command.second > 65535 ? 65535 : command.second)};
      if (entered->terminal >= 0) sys(ioctl, entered->terminal, TIOCSWINSZ, &size);
      return;
    }
    case COMMAND_ECHO: {
      struct termios state;
      /* Of the master, Linux gives the state of the other end. */
      bool known = entered->terminal >= 0 && sys(ioctl, entered->terminal, TCGETS, &state) == 0;
      return say("echo", (const long[]){known && (state.c_lflag & ECHO) != 0}, 1);
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
    shut(&entered->terminal); /* of a command that never ran, no terminal is left when Node hears of it */
    write_all(CONTROL_FD, line, (size_t)got);
    return;
  }
  shut(&entered->report);
  if (!entered->failed) say("started", NULL, 0);
}

static _Noreturn void attend(struct entered *entered, int children, bool terminal) {
  struct control control = {.length = 0};
  for (;;) {
    struct pollfd fds[] = {
        {.fd = CONTROL_FD, .events = POLLIN},
        {.fd = children, .events = POLLIN},
        {.fd = entered->report, .events = POLLIN},
    };
    if (sys(ppoll, fds, 3, NULL, NULL, 0) < 0) continue;
    if (fds[2].revents) pass_report(entered);
    if (fds[0].revents) {
      struct command command = control_read(&control);
      for (; command.kind != COMMAND_NONE; command = control_next(&control)) obey(entered, command, terminal);
    }
    if (fds[1].revents && entered->report < 0) {
      int status;
      long usage[18]; /* struct rusage: user and system time in seconds and microseconds, then the peak in kB */
      if (entered->pid && sys(wait4, entered->pid, &status, WNOHANG, usage) == entered->pid) {
        entered->pid = 0;
        if (!entered->failed) {
          say("usage", (const long[]){(usage[0] + usage[2]) * 1000 + (usage[1] + usage[3]) / 1000, usage[4]}, 2);
          say("exit", (const long[]){exit_code(status)}, 1);
        }
      }
    }
    /* Node's ends stay open here until it has its own. */
    if (!entered->pid && entered->terminal < 0 && entered->node[1] < 0) quit(0);
  }
}

_Noreturn void enter_mode(struct entry *entry) {
  static struct entered entered = {.terminal = -1, .node = {-1, -1, -1}};
  int groups[GROUPS_MAX], in[2], out[2], err[2], report[2];
  struct streams streams;
  const bool terminal = entry->terminal;
  report_to(CONTROL_FD);
  become_supervisor(terminal ? MASTER_FD + 1 : INIT_FD + 1);

  for (unsigned i = 0; i < entry->group_count; i++) groups[i] = open_at(AT_FDCWD, entry->groups[i], O_WRONLY);
  if (terminal) {
    struct winsize size = {.ws_col = (unsigned short)entry->columns, .ws_row = (unsigned short)entry->rows};
    int slave = open_slave(&size);
    streams = (struct streams){slave, slave, slave};
    entered.terminal = MASTER_FD;
  } else {
    int *const all[] = {in, out, err};
    for (int i = 0; i < 3; i++) need(sys(pipe2, all[i], O_CLOEXEC), "process", "pipe");
    streams = (struct streams){in[0], out[1], err[1]};
    /* Refused past the user's limit; the pipes are then of the usual size. */
    sys(fcntl, in[1], F_SETPIPE_SZ, PIPE_SIZE);
    sys(fcntl, out[0], F_SETPIPE_SZ, PIPE_SIZE);
    entered.node[0] = in[1], entered.node[1] = out[0], entered.node[2] = err[0];
  }

  namespace_join(INIT_FD, CLONE_NEWUSER);
  namespace_join(INIT_FD, CLONE_NEWPID); /* for the child: this process stays outside */
  need(sys(pipe2, report, O_CLOEXEC), "process", "pipe");
  int children = child_signals();
  entered.pid = need(sys(clone, SIGCHLD, 0, 0, 0, 0), "container", "fork");
  if (entered.pid == 0) entered_process(entry, &streams, report, groups);

  sys(close, report[1]);
  entered.report = report[0];
  for (unsigned i = 0; i < entry->group_count; i++) sys(close, groups[i]);
  sys(close, INIT_FD);
  sys(close, streams.in);
  if (!terminal) sys(close, streams.out), sys(close, streams.err);
  say("process", (const long[]){entered.pid}, 1);
  if (!terminal) say("pipes", (const long[]){in[1], out[0], err[0]}, 3);
  attend(&entered, children, terminal);
}
