/* What the parts of gangway-sandbox tell each other. Each mode and its protocol: docs/decisions/0002. */
#ifndef GANGWAY_SANDBOX_H
#define GANGWAY_SANDBOX_H

#include "sys.h"

/** Inherited: the socket to Node on which reports go out and commands come in. */
#define CONTROL_FD 3
/** Inherited by `enter`: the /proc directory of the container's init. */
#define INIT_FD 4
/** Inherited by `enter` with a terminal: the master of a new pty of the container. */
#define MASTER_FD 5

/** What Node wants inside the root file system besides the image. */
struct place {
  enum { PLACE_EMPTY, PLACE_MASK, PLACE_FILE } kind;
  unsigned mode;    /* of an empty directory */
  const char *name; /* of a file in <state>/files */
  const char *path; /* absolute, inside the container */
};

#define PLACES_MAX 64

struct container {
  const char *state;
  const char *image; /* lower layer; "/" is the host's root */
  const char *hostname;
  const char *directory;
  const char *user;
  bool read_only;
  struct place places[PLACES_MAX];
  unsigned place_count;
  char **argv;
  char **whole_argv; /* of this process: `argv` is its end */
  char **environment;
};

struct identity {
  unsigned uid, gid;
  unsigned groups[256];
  unsigned group_count;
  struct text home; /* empty when /etc/passwd has no such user */
};

/* view.c */
/** Builds the container's root file system in a new mount namespace and moves into it. */
void view_build(const struct container *container, bool privileged);

/* identity.c */
/** Resolves `user`, `uid`, `user:group` in /etc/passwd and /etc/group of the current root. */
void identity_find(const char *user, struct identity *identity);

/* process.c */
/** Whether mounts may be made without a user namespace. */
bool is_privileged(void);
/** Leaves the terminal and signals of Node's process group, and dies with Node. Keeps no descriptor from `first` on. */
void become_supervisor(int first);
/** SIGKILL when the parent dies; `alive` is a pipe end whose other end only the parent holds. */
void die_with_parent(int alive);
/** Of the capabilities and system calls, leaves what a container may. */
void limit_capabilities(void);
void take_identity(const struct identity *identity);
/** Replaces the process by the command, PATH of `environment` searched as Go's exec.LookPath does. */
_Noreturn void run_command(char **argv, char **environment);
void close_from(int first);
/** Closes everything but 0, 1, 2 and the report pipe, which becomes 3 and goes with exec. Returns 3. */
int keep_report_only(int report);
/** SIGCHLD as a descriptor; every signal must be blocked. */
int child_signals(void);
/** What a shell calls the end of a process: its status, or 128 + the signal. */
int exit_code(int wait_status);

/* seccomp.c */
/** Refuses system calls that capabilities do not; needs CAP_SYS_ADMIN, so before `limit_capabilities`. */
void limit_calls(void);

/* control.c */
struct control {
  char data[64];
  unsigned length;
};
struct command {
  enum {
    COMMAND_NONE,
    COMMAND_OPENED,
    COMMAND_SIGNAL,
    COMMAND_RESIZE,
    COMMAND_ECHO,
    COMMAND_HANGUP,
    COMMAND_BAD,
    COMMAND_CLOSED
  } kind;
  long first, second;
};
/** The next command that has arrived; COMMAND_NONE when that takes more bytes. */
struct command control_next(struct control *control);
/** Reads what is there; COMMAND_CLOSED once Node has gone. */
struct command control_read(struct control *control);
void say(const char *word, const long *numbers, unsigned count);

/* Modes */
_Noreturn void run_mode(struct container *container);
_Noreturn void enter_mode(const char *directory, bool terminal, unsigned columns, unsigned rows, char **argv,
                          char **environment);
_Noreturn void remove_mode(const char *parent, const char *name);

#endif
