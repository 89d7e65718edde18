/*
 * System calls that capabilities alone do not keep from the container's root user: what would show or change
 * something of the host (keyrings, kernel log), and what Docker's default filter refuses for its record of defects.
 * A new user namespace is refused because everything in it starts with all capabilities again.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "sandbox.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_EQUAL(value, skip_else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip_else))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(errno_value) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (errno_value))
#define REFUSE_CALL(name) IF_EQUAL(__NR_##name, 1), REFUSE(EPERM)
/* The flags are the first argument; their lower half lies first on these two machines. */
#define REFUSE_USER_NAMESPACE(name)                                                                        \
  IF_EQUAL(__NR_##name, 4), LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER, 0, 1), \
      REFUSE(EPERM), ALLOW

static struct sock_filter filter[] = {
    /* Another machine's calls (32-bit programs) have other numbers: none of them. */
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
    REFUSE(ENOSYS),
    LOAD(nr),
#if defined(__x86_64__)
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* x32 */
    REFUSE(ENOSYS),
#endif
    REFUSE_USER_NAMESPACE(clone),
    REFUSE_USER_NAMESPACE(unshare),
    /* Its flags are in memory, where a filter cannot look; libraries fall back to clone. */
    IF_EQUAL(__NR_clone3, 1),
    REFUSE(ENOSYS),
    REFUSE_CALL(add_key),
    REFUSE_CALL(keyctl),
    REFUSE_CALL(request_key),
    REFUSE_CALL(syslog),
    REFUSE_CALL(bpf),
    REFUSE_CALL(perf_event_open),
    REFUSE_CALL(userfaultfd),
    REFUSE_CALL(io_uring_setup),
    REFUSE_CALL(io_uring_enter),
    REFUSE_CALL(io_uring_register),
    REFUSE_CALL(open_by_handle_at),
    REFUSE_CALL(kexec_load),
    REFUSE_CALL(kexec_file_load),
    REFUSE_CALL(init_module),
    REFUSE_CALL(finit_module),
    REFUSE_CALL(delete_module),
    REFUSE_CALL(acct),
    REFUSE_CALL(swapon),
    REFUSE_CALL(swapoff),
    ALLOW,
};

void limit_calls(void) {
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  long result = sys(prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
  /* EINVAL: a kernel built without. */
  if (result != -EINVAL) need(result, "seccomp", "filter");
}
