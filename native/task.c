/*
 * `task`: holds what the containers of a task share. Two processes: this one waits for Node, the task's init is in
 * the namespaces and, with one of processes, reaps. It keeps all its capabilities: so no process of a container, which
 * has fewer, can look into it.
 *
 *   says `task PID` once the namespaces stand; ends, and everything in there, when Node lets go of the socket
 */
#include "sandbox.h"

static _Noreturn void task_init(const struct task *task, int alive, int report, bool privileged, unsigned uid,
                                unsigned gid) {
  struct text options;
  uint64_t every = ~0ull;
  report_to(report);
  sys(close, CONTROL_FD);
  die_with_parent(alive);
  sys(setsid);
  if (!privileged) map_identity(uid, gid);
  if (task->spaces & CLONE_NEWNET) loopback_up();
  if (task->shm_path) {
    /* What the host unmounts goes here too; what is mounted here stays here. */
    need(sys(mount, "none", "/", NULL, MS_REC | MS_SLAVE, NULL), "mount", "propagation");
    path_of(&options, "mode=1777,size=", task->shm);
    need(sys(mount, "shm", task->shm_path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options.data), "mount",
         "/dev/shm");
  }
  need(sys(chdir, "/"), "directory", "/");
  write_all(report, "+", 1);
  close_from(0);
  hide_command_line(task->whole_argv, "gangway-task");
  for (;;) {
    int status;
    sys(rt_sigtimedwait, &every, NULL, NULL, sizeof every);
    while (sys(wait4, -1, &status, WNOHANG, NULL) > 0) continue;
  }
}

_Noreturn void task_mode(const struct task *task) {
  int alive[2], report[2];
  char line[PATH_MAX];
  report_to(CONTROL_FD);
  become_supervisor(CONTROL_FD + 1);
  const bool privileged = is_privileged();
  const unsigned uid = (unsigned)sys(geteuid), gid = (unsigned)sys(getegid);
  need(sys(pipe2, alive, O_CLOEXEC), "process", "pipe");
  need(sys(pipe2, report, O_CLOEXEC), "process", "pipe");
  const unsigned long spaces = task->spaces | (task->shm_path ? CLONE_NEWNS : 0) | (privileged ? 0 : CLONE_NEWUSER);
  long init = need(sys(clone, spaces | SIGCHLD, 0, 0, 0, 0), "namespaces", privileged ? "as root" : "rootless");
  if (init == 0) {
    sys(close, alive[1]);
    task_init(task, alive[0], report[1], privileged, uid, gid);
  }
  sys(close, alive[0]);
  sys(close, report[1]);
  long got;
  do got = sys(read, report[0], line, sizeof line);
  while (got == -EINTR);
  if (got < 1 || line[0] != '+') {
    if (got > 0) write_all(CONTROL_FD, line, (size_t)got);
    else report_to(CONTROL_FD), fail(0, "task", "ended");
    quit(1);
  }
  say("task", (const long[]){init}, 1);
  /* Nothing is said to it but by letting go; should its init end, so does it. */
  int children = child_signals();
  struct pollfd fds[] = {{.fd = CONTROL_FD, .events = POLLIN}, {.fd = children, .events = POLLIN}};
  while (sys(ppoll, fds, 2, NULL, NULL, 0) < 0) continue;
  sys(kill, init, SIGKILL);
  while (sys(wait4, init, NULL, 0, NULL) == -EINTR) continue;
  quit(0);
}
