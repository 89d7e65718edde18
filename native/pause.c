/*
 * `pause`: the first process of a container that holds what the containers of a task share (docs/decisions/0014).
 * It reaps what it inherits, carries its forwards, and ends at SIGTERM.
 */
#include "sandbox.h"

_Noreturn void pause_mode(struct forward *forwards, size_t count) {
  uint64_t ends = 1ull << (SIGTERM - 1) | 1ull << (SIGINT - 1);
  /* Whose parent ignores SIGCHLD leaves no zombie (wait(2)). */
  struct {
    void (*handler)(int);
    unsigned long flags;
    void *restorer;
    uint64_t mask;
  } ignore = {.handler = (void (*)(int))1};
  need(sys(rt_sigaction, SIGCHLD, &ignore, NULL, sizeof ends), "pause", "SIGCHLD");
  need(sys(rt_sigprocmask, 0, &ends, NULL, sizeof ends), "pause", "signals");
  int signals = (int)need(sys(signalfd4, -1, &ends, sizeof ends, SFD_CLOEXEC), "pause", "signalfd");
  forward_open(forwards, count);
  forward_all(forwards, count, signals);
}
