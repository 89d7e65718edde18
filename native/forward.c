/*
 * Forwards: connections to ports of this network's loopback, carried to Unix sockets of the host. Bytes pass as they
 * are; each direction has one buffer and ends by itself, so that a half-closed connection stays half-closed.
 */
#include "sandbox.h"

#define INET 2 /* AF_INET of socket.h, which brings a C library with it */
#define UNIX 1
#define STREAM 1
#define STREAM_FLAGS (STREAM | O_NONBLOCK | O_CLOEXEC)
#define SHUT_SENDING 1
#define BACKLOG 128
/** The same as the agent takes; one more waits in the backlog. */
#define LINKS_MAX 256
#define BUFFER 16384

struct inet_address {
  unsigned short family, port;
  unsigned char address[4];
  char zero[8];
};

struct unix_address {
  unsigned short family;
  char path[108];
};

/** One direction of a link. */
struct flow {
  int from, to;
  unsigned start, end;
  bool over, told;
  unsigned char data[BUFFER];
};

static struct link {
  bool used;
  struct flow out, back;
} links[LINKS_MAX];

static void end_link(struct link *link) {
  sys(close, link->out.from);
  sys(close, link->out.to);
  link->used = false;
}

static int listen_at(unsigned port) {
  struct inet_address address = {.family = INET, .address = {127, 0, 0, 1}};
  int fd = (int)need(sys(socket, INET, STREAM_FLAGS, 0), "forward", "socket");
  /* In the order of the network. */
  address.port = (unsigned short)(port >> 8 | port << 8);
  need(sys(bind, fd, &address, sizeof address), "forward", "bind");
  need(sys(listen, fd, BACKLOG), "forward", "listen");
  return fd;
}

static void take(struct forward *forward) {
  struct unix_address address = {.family = UNIX};
  struct link *link = NULL;
  long client = sys(accept4, forward->listener, NULL, NULL, O_NONBLOCK | O_CLOEXEC), host = -1;
  if (client < 0) return;
  for (size_t i = 0; i < LINKS_MAX && !link; i++)
    if (!links[i].used) link = &links[i];
  memcpy(address.path, forward->path, length_of(forward->path) + 1);
  if (link) host = sys(socket, UNIX, STREAM_FLAGS, 0);
  if (host < 0 || sys(connect, host, &address, sizeof address) < 0) {
    if (host >= 0) sys(close, host);
    sys(close, client);
    return;
  }
  link->used = true;
  link->out.from = link->back.to = (int)client;
  link->out.to = link->back.from = (int)host;
  link->out.start = link->out.end = link->back.start = link->back.end = 0;
  link->out.over = link->out.told = link->back.over = link->back.told = false;
}

static short wanted(const struct flow *in, const struct flow *out) {
  return (short)((!in->over && in->end < BUFFER ? POLLIN : 0) | (out->start < out->end ? POLLOUT : 0));
}

/** Of an end from which nothing is wanted, its hanging up is not either: poll would say it again and again. */
static struct pollfd awaited(int fd, short events) {
  return (struct pollfd){.fd = events ? fd : -1, .events = events};
}

/** False: the connection is broken. */
static bool move(struct flow *flow, short from, short to) {
  if (from & (POLLIN | POLLHUP) && !flow->over && flow->end < BUFFER) {
    long got = sys(read, flow->from, flow->data + flow->end, BUFFER - flow->end);
    if (got == 0) flow->over = true;
    else if (got > 0) flow->end += (unsigned)got, to |= POLLOUT;
    else if (got != -EAGAIN && got != -EINTR) return false;
  }
  if (to & POLLOUT && flow->start < flow->end) {
    /* A reader that is gone must not end this program: MSG_NOSIGNAL. */
    long put = sys(sendto, flow->to, flow->data + flow->start, flow->end - flow->start, 0x4000, NULL, 0);
    if (put > 0) flow->start += (unsigned)put;
    else if (put != -EAGAIN && put != -EINTR) return false;
    if (flow->start == flow->end) flow->start = flow->end = 0;
  }
  if (flow->over && flow->start == flow->end && !flow->told) {
    flow->told = true;
    sys(shutdown, flow->to, SHUT_SENDING);
  }
  return true;
}

void forward_open(struct forward *forwards, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (length_of(forwards[i].path) >= sizeof((struct unix_address *)0)->path) fail(-ENAMETOOLONG, "forward", forwards[i].path);
    forwards[i].listener = listen_at((unsigned)forwards[i].port);
  }
}

_Noreturn void forward_all(struct forward *forwards, size_t count, int signals) {
  static struct pollfd polled[1 + FORWARDS_MAX + 2 * LINKS_MAX];
  static struct link *of[LINKS_MAX];
  for (;;) {
    size_t n = 0, active = 0;
    polled[n++] = (struct pollfd){.fd = signals, .events = POLLIN};
    for (size_t i = 0; i < count; i++) polled[n++] = (struct pollfd){.fd = forwards[i].listener, .events = POLLIN};
    for (size_t i = 0; i < LINKS_MAX; i++) {
      struct link *link = &links[i];
      if (!link->used) continue;
      polled[n++] = awaited(link->out.from, wanted(&link->out, &link->back));
      polled[n++] = awaited(link->out.to, wanted(&link->back, &link->out));
      of[active++] = link;
    }
    if (sys(ppoll, polled, n, NULL, NULL, 0) < 0) continue;
    if (polled[0].revents) quit(0);
    for (size_t i = 0; i < active; i++) {
      short client = polled[1 + count + 2 * i].revents, host = polled[2 + count + 2 * i].revents;
      if (!client && !host) continue;
      if ((client | host) & (POLLERR | POLLNVAL) || !move(&of[i]->out, client, host) || !move(&of[i]->back, host, client) ||
          (of[i]->out.told && of[i]->back.told))
        end_link(of[i]);
    }
    for (size_t i = 0; i < count; i++)
      if (polled[1 + i].revents) take(&forwards[i]);
  }
}
