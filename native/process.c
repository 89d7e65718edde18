#include "sandbox.h"

/*
 * Docker's default set without CAP_MKNOD (no device cgroup stands behind it, so a device node would be the disk) and
 * without CAP_NET_RAW: the network is the host's, and other containers' credentials and sessions pass its loopback.
 */
static const unsigned char kept[] = {
    CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,           CAP_FSETID,     CAP_KILL,        CAP_SETGID, CAP_SETUID,
    CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_AUDIT_WRITE, CAP_SETFCAP,
};

uint64_t kept_capabilities(void) {
  uint64_t mask = 0;
  for (size_t i = 0; i < sizeof kept; i++) mask |= 1ull << kept[i];
  return mask;
}

static long capabilities_get(struct __user_cap_data_struct data[2]) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return sys(capget, &header, data);
}

bool is_privileged(void) {
  struct __user_cap_data_struct data[2];
  return sys(geteuid) == 0 && capabilities_get(data) == 0 && (data[0].effective & (1u << CAP_SYS_ADMIN)) != 0;
}

void limit_capabilities(void) {
  const uint64_t mask = kept_capabilities();
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2];
  /* A session keyring of its own, before the filter forbids that too. */
  sys(keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
  limit_calls();
  for (unsigned long capability = 0; sys(prctl, PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    if (capability > 63 || !(mask >> capability & 1))
      need(sys(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0), "capabilities", "bounding set");
  sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  need(capabilities_get(data), "capabilities", "capget");
  data[0].permitted &= (uint32_t)mask;
  data[1].permitted &= (uint32_t)(mask >> 32);
  for (int i = 0; i < 2; i++) data[i].effective = data[i].permitted, data[i].inheritable = 0;
  need(sys(capset, &header, data), "capabilities", "capset");
}

void take_identity(const struct identity *identity) {
  /* A rootless user namespace forbids setgroups (EPERM): the user keeps the groups he has, and gains none. */
  long result = sys(setgroups, identity->group_count, identity->groups);
  if (result < 0 && result != -EPERM) fail(result, "identity", "setgroups");
  need(sys(setgid, identity->gid), "identity", "setgid");
  need(sys(setuid, identity->uid), "identity", "setuid");
}

int keep_report_only(int report) {
  need(sys(dup3, report, 3, O_CLOEXEC), "process", "report");
  report_to(3);
  close_from(4);
  return 3;
}

void close_from(int first) {
  if (sys(close_range, first, ~0u, 0) != -ENOSYS) return;
  /* Before Linux 5.9. */
  for (int fd = first; fd < 65536; fd++) sys(close, fd);
}

void become_supervisor(int first) {
  uint64_t every = ~0ull;
  sys(rt_sigprocmask, SIG_SETMASK, &every, NULL, sizeof every);
  sys(setsid);
  close_from(first);
  /* If Node has died before this line, end of file on the control socket says so. */
  sys(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

void die_with_parent(int alive) {
  struct pollfd fd = {.fd = alive, .events = 0};
  struct __kernel_timespec now = {0, 0};
  sys(prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  /* A parent that died before prctl sends no signal; it has let go of its end of the pipe, though. */
  if (sys(ppoll, &fd, 1, &now, NULL, 0) > 0 && (fd.revents & (POLLHUP | POLLERR))) quit(1);
}

int child_signals(void) {
  uint64_t mask = 1ull << (SIGCHLD - 1);
  return (int)need(sys(signalfd4, -1, &mask, sizeof mask, O_CLOEXEC | O_NONBLOCK), "process", "signalfd");
}

int exit_code(int wait_status) {
  int signal = wait_status & 0x7f;
  return signal ? 128 + signal : wait_status >> 8 & 0xff;
}

static void reset_signals(void) {
  /* handler, flags, restorer, mask in the kernel's layout; all zero is SIG_DFL. arm64 has no restorer: shorter. */
  uint64_t action[4] = {0, 0, 0, 0};
  uint64_t none = 0;
  for (int signal = 1; signal <= 64; signal++)
    if (signal != SIGKILL && signal != SIGSTOP) sys(rt_sigaction, signal, action, NULL, sizeof none);
  sys(rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

static bool is_regular(const char *path) {
  struct statx status;
  return sys(statx, AT_FDCWD, path, 0, STATX_TYPE, &status) == 0 && (status.stx_mode & 0170000) == 0100000;
}

_Noreturn void run_command(char **argv, char **environment) {
  const char *path = "";
  const char *name = argv[0];
  bool bare = true;
  struct text candidate;
  long result;
  sys(umask, 022);
  reset_signals();
  for (const char *at = name; *at; at++) bare = bare && *at != '/';
  if (!bare) {
    result = sys(execve, name, argv, environment);
    fail(result, "exec", name);
  }
  for (char **entry = environment; *entry; entry++) {
    const char *value = after_prefix(*entry, "PATH=");
    if (value) path = value;
  }
  bool denied = false;
  while (*name && *path) {
    char directory[PATH_MAX];
    size_t length = 0;
    for (; *path && *path != ':'; path++)
      if (length < sizeof directory - 1) directory[length++] = *path;
    directory[length] = 0;
    if (*path) path++;
    if (directory[0] != '/') continue; /* relative: not searched */
    path_of(&candidate, directory, "/", name);
    if (candidate.full) continue;
    result = sys(execve, candidate.data, argv, environment);
    if (result == -EACCES) denied = denied || is_regular(candidate.data);
    else if (result != -ENOENT && result != -ENOTDIR) fail(result, "exec", candidate.data);
    else if (result == -ENOENT && is_regular(candidate.data)) fail(result, "exec", candidate.data); /* #! of nothing */
  }
  fail(denied ? -EACCES : -ENOENT, "lookup", name);
}
