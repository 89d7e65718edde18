/*
 * `run`: a container. Three processes: the supervisor (child of Node, in the host's namespaces) waits and takes
 * commands; init (process 1 of the container) reaps; the main process is the command.
 *
 *   supervisor                              init
 *   clone ------------------------------->  namespaces, mounts
 *   says `container PID OUT ERR`
 *   reads `opened`, then the report <-----  '+' once all stands, or an `error` line
 *   a byte, "go" ------------------------>  fork, exec of the command
 *   reads init's report until its end <---  nothing more, or an `error` line
 *   says `started`
 *   ... `signal N` -- kill -------------->  passes it on to the main process
 *   says `exit CODE` <--------------------  ends with the main process's code; the kernel kills the rest
 *
 * Init is not reaped before `opened`: until Node has opened /proc/PID, PID can mean nothing else.
 */
#include "sandbox.h"

struct pipes {
  int out[2], err[2]; /* stdout and stderr of the main process */
  int go[2];          /* supervisor -> init; its end is how init sees a dead supervisor */
  int report[2];      /* init -> supervisor */
};

static _Noreturn void main_process(const struct container *container, const struct identity *identity,
                                   const struct pipes *pipes) {
  sys(setsid);
  int null = (int)need(open_at(AT_FDCWD, "/dev/null", O_RDWR), "process", "/dev/null");
  sys(dup3, null, 0, 0);
  sys(dup3, pipes->out[1], 1, 0);
  sys(dup3, pipes->err[1], 2, 0);
  /* So that a command of another user can open /dev/stdout again. */
  sys(fchown, 1, identity->uid, identity->gid);
  sys(fchown, 2, identity->uid, identity->gid);
  bounds_take(&container->limits);
  take_identity(identity);
  need(sys(chdir, container->directory), "directory", container->directory);
  keep_report_only(pipes->report[1]);
  limits_take(&container->limits);
  run_command(container->argv, with_home(container->environment, &identity->home));
}

static void reap(long main_pid) {
  int status;
  for (;;) {
    long pid = sys(wait4, -1, &status, WNOHANG, NULL);
    if (pid <= 0) return;
    if (pid == main_pid) quit(exit_code(status));
  }
}

/** Passes on every signal but those a process raises against itself, as other inits do. */
static bool is_passed_on(int signal) {
  return signal != SIGSEGV && signal != SIGBUS && signal != SIGILL && signal != SIGFPE && signal != SIGABRT &&
         signal != SIGTRAP && signal != SIGSYS && signal != SIGTTIN && signal != SIGTTOU;
}

static _Noreturn void init_loop(long main_pid) {
  uint64_t every = ~0ull;
  for (;;) {
    long signal = sys(rt_sigtimedwait, &every, NULL, NULL, sizeof every);
    if (signal == SIGCHLD) reap(main_pid);
    else if (signal > 0 && is_passed_on((int)signal)) sys(kill, main_pid, signal);
  }
}

/** The namespaces that are this container's alone. */
static unsigned long own_spaces(const struct container *container) {
  const unsigned long all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
  return (all & ~container->joined & ~container->kept) | CLONE_NEWNS;
}

static _Noreturn void init_process(struct container *container, struct pipes *pipes, bool privileged,
                                   unsigned uid, unsigned gid) {
  static struct identity identity;
  char go;
  report_to(pipes->report[1]);
  sys(close, pipes->go[1]);
  sys(close, CONTROL_FD);
  die_with_parent(pipes->go[0]);
  sys(setsid);
  if (container->joined) {
    static const unsigned long spaces[] = {CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
      if (container->joined & spaces[i]) namespace_join(TASK_FD, spaces[i]);
    if (container->joined & CLONE_NEWNS) need(sys(unshare, CLONE_NEWNS), "namespaces", "mnt");
  } else if (!privileged) {
    map_identity(uid, gid);
  }
  if (own_spaces(container) & CLONE_NEWNET) loopback_up();
  /* Among the processes of others it is no process 1, and reaps what its command leaves all the same. */
  if (!(own_spaces(container) & CLONE_NEWPID)) sys(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  need(sys(sethostname, container->hostname, length_of(container->hostname)), "hostname", container->hostname);
  view_build(container, privileged);
  limits_raise(&container->limits);
  limit_capabilities();
  identity_find(container->user, &identity);
  write_all(pipes->report[1], "+", 1);
  if (sys(read, pipes->go[0], &go, 1) != 1) quit(1);

  long pid = need(sys(clone, SIGCHLD, 0, 0, 0, 0), "process", "fork");
  if (pid == 0) main_process(container, &identity, pipes);
  int null = open_at(AT_FDCWD, "/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) sys(dup3, null, fd, 0);
  close_from(3);
  hide_command_line(container->whole_argv, "gangway-init");
  init_loop(pid);
}

/** What init reported: '+' once the namespaces stand, then nothing, or an `error` line. */
struct report {
  char data[PATH_MAX];
  unsigned length;
  bool ended;
};

/** Reads what is there; at the end tells Node. Returns whether the command runs. */
static bool report_read(struct report *report, int fd) {
  char more[512];
  long got = sys(read, fd, more, sizeof more);
  if (got == -EINTR || got == -EAGAIN) return false;
  for (long i = 0; i < got; i++)
    if (report->length < sizeof report->data) report->data[report->length++] = more[i];
  if (got > 0) return false;
  report->ended = true;
  const bool stands = report->length > 0 && report->data[0] == '+';
  const unsigned from = stands ? 1 : 0;
  if (report->length > from) write_all(CONTROL_FD, report->data + from, report->length - from);
  else if (stands) say("started", NULL, 0);
  else fail(0, "init", "ended");
  return report->length == from;
}

/** Kills what a container whose PID namespace is not its own has left, and waits for what has become a child of ours. */
static void end_rest(const struct text *mounts) {
  kill_mount_namespace(mounts);
  while (sys(wait4, -1, NULL, 0, NULL) > 0) continue;
}

/**
 * Kills everything in the container, and waits until nothing is left: the kernel reaps a namespace before its init.
 * Where others' processes are in it too, ours are those in the container's mount namespace.
 */
static void end_container(long init, const struct text *mounts) {
  sys(kill, init, SIGKILL);
  while (sys(wait4, init, NULL, 0, NULL) == -EINTR) continue;
  end_rest(mounts);
}

/** `shared`: its PID namespace is not its own. */
static _Noreturn void supervise(long init, struct pipes *pipes, int children, bool shared) {
  static struct report report;
  static struct text mounts; /* of a container whose end does not end its processes */
  struct control control = {.length = 0};
  bool opened = false, going = false;
  for (;;) {
    struct pollfd fds[] = {{.fd = CONTROL_FD, .events = POLLIN},
                           {.fd = opened ? children : -1, .events = POLLIN},
                           {.fd = opened && !report.ended ? pipes->report[0] : -1, .events = POLLIN}};
    if (sys(ppoll, fds, 3, NULL, NULL, 0) < 0) continue;
    /* The report first: a command that could not be started must be told before its exit. */
    if (fds[2].revents && !report_read(&report, pipes->report[0]) && report.ended) {
      end_container(init, &mounts);
      quit(1);
    }
    /* While init waits: once its command runs, it may have ended. */
    if (!going && report.length && report.data[0] == '+') {
      if (shared) mount_namespace_hold(init, &mounts);
      write_all(pipes->go[1], "+", 1);
      going = true;
    }
    if (fds[0].revents) {
      struct command command = control_read(&control);
      for (; command.kind != COMMAND_NONE; command = control_next(&control)) {
        if (command.kind == COMMAND_OPENED && !opened) {
          opened = true;
          sys(close, pipes->out[0]);
          sys(close, pipes->err[0]);
        } else if (command.kind == COMMAND_SIGNAL) {
          sys(kill, init, command.first);
        } else {
          end_container(init, &mounts);
          if (command.kind == COMMAND_CLOSED) quit(1);
          fail(-EINVAL, "protocol", "unknown command");
        }
      }
    }
    if (fds[1].revents && report.ended) {
      int status;
      if (sys(wait4, init, &status, WNOHANG, NULL) != init) continue;
      end_rest(&mounts);
      say("exit", (const long[]){exit_code(status)}, 1);
      quit(0);
    }
  }
}

_Noreturn void run_mode(struct container *container) {
  struct pipes pipes;
  report_to(CONTROL_FD);
  become_supervisor(container->joined ? TASK_FD + 1 : CONTROL_FD + 1);
  const bool privileged = is_privileged();
  const unsigned uid = (unsigned)sys(geteuid), gid = (unsigned)sys(getegid);
  int *const all[] = {pipes.out, pipes.err, pipes.go, pipes.report};
  for (int i = 0; i < 4; i++) need(sys(pipe2, all[i], O_CLOEXEC), "process", "pipe");
  int children = child_signals();
  unsigned long flags = own_spaces(container);
  if (container->joined) {
    namespace_join(TASK_FD, CLONE_NEWUSER);
    if (container->joined & CLONE_NEWPID) namespace_join(TASK_FD, CLONE_NEWPID); /* for the child */
  } else if (!privileged) {
    flags |= CLONE_NEWUSER;
  }
  /* The death of Node is an end of the control socket, too; then there is something left to do. */
  const bool shared = !(flags & CLONE_NEWPID);
  if (shared) {
    sys(prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
    sys(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  }
  long init = need(sys(clone, flags | SIGCHLD, 0, 0, 0, 0), "namespaces", privileged ? "as root" : "rootless");
  if (init == 0) init_process(container, &pipes, privileged, uid, gid);
  int *const theirs[] = {&pipes.out[1], &pipes.err[1], &pipes.go[0], &pipes.report[1]};
  for (int i = 0; i < 4; i++) sys(close, *theirs[i]);
  if (container->joined) sys(close, TASK_FD);
  say("container", (const long[]){init, pipes.out[0], pipes.err[0]}, 3);
  supervise(init, &pipes, children, shared);
}
