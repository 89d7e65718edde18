/* What the parts of gangway-sandbox tell each other. Each mode and its protocol: docs/decisions/0002. */
#ifndef GANGWAY_SANDBOX_H
#define GANGWAY_SANDBOX_H

#include "sys.h"

/** Inherited: the socket to Node on which reports go out and commands come in. */
#define CONTROL_FD 3
/** Inherited by `enter`: the /proc directory of the container's init. */
#define INIT_FD 4
/** Inherited by `run --join`: the /proc directory of the task's init. */
#define TASK_FD 4
/** Inherited by `enter` with a terminal: the master of a new pty of the container. */
#define MASTER_FD 5

/** What Node wants inside the root file system besides the image. */
struct place {
  enum { PLACE_EMPTY, PLACE_MASK, PLACE_FILE, PLACE_VOLUME, PLACE_TMPFS } kind;
  unsigned mode;    /* of an empty directory; of a volume, whether it is read-only; of a tmpfs, its MS_* flags */
  const char *name; /* of a file in <state>/files; the host's directory of a volume; a tmpfs's options */
  const char *path; /* absolute, inside the container */
  int tree;         /* of a volume: its mounts, once they are opened */
};

#define PLACES_MAX 256

/** What a container may, and how much: the same for its main process and for those that enter it. */
struct limits {
  uint64_t capabilities; /* of those every container has */
  unsigned count;
  struct {
    unsigned resource; /* RLIMIT_* */
    struct rlimit64 value;
  } list[RLIM_NLIMITS];
};

struct container {
  const char *state;
  const char *image; /* lower layer; "/" is the host's root */
  const char *hostname;
  const char *directory;
  const char *user;
  const char *shm; /* options of the tmpfs /dev/shm */
  bool read_only;
  unsigned long joined; /* CLONE_NEW*: the task's namespaces, of its init at TASK_FD */
  unsigned long kept;   /* CLONE_NEW*: the host's */
  struct limits limits;
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
void view_build(struct container *container, bool privileged);

/* identity.c */
/** Resolves `user`, `uid`, `user:group` in /etc/passwd and /etc/group of the current root. */
void identity_find(const char *user, struct identity *identity);
/** The environment with HOME of that user where it has none. Never freed: exec follows. */
char **with_home(char **environment, const struct text *home);

/* limits.c */
/** Takes `--capabilities MASK` or `--limit RESOURCE SOFT HARD`: what is at `at`. Returns its last word, or NULL. */
char **limits_option(char **at, struct limits *limits);
/** Raises hard limits as far as wanted, which takes privilege; the rest is left to `limits_take`. */
void limits_raise(const struct limits *limits);
/** Takes the capabilities from the bounding set, for exec to see to the rest; then what lowers limits. */
void bounds_take(const struct limits *limits);
void limits_take(const struct limits *limits);

/* namespaces.c */
/** CLONE_NEW* of `pid`, `ipc`, `net` or `mnt`; 0: another word. */
unsigned long namespace_type(const char *name);
/** Enters a namespace of the process whose /proc directory is open, unless it is in there. Whether it was not. */
bool namespace_join(int process, unsigned long type);
/** Makes the user who runs Gangway the user 0 of the new user namespace, and the only one. */
void map_identity(unsigned long uid, unsigned long gid);
/** The loopback of a new network namespace. */
void loopback_up(void);
/** Which mount namespace a process is in, as the kernel has it in /proc; empty: gone. */
void mount_namespace(long pid, struct text *name);
/** The same, and as long as this process lives no other namespace gets that name. */
void mount_namespace_hold(long pid, struct text *name);
/** Kills every process in this mount namespace until there is none. */
void kill_mount_namespace(const struct text *name);
/** The command line that `ps` shows in the container names nothing of the host. */
void hide_command_line(char **argv, const char *title);

/* process.c */
/** Whether mounts may be made without a user namespace. */
bool is_privileged(void);
/** Leaves the terminal and signals of Node's process group, and dies with Node. Keeps no descriptor from `first` on. */
void become_supervisor(int first);
/** SIGKILL when the parent dies; `alive` is a pipe end whose other end only the parent holds. */
void die_with_parent(int alive);
/** Docker's capabilities without two: what no container has more of. */
uint64_t kept_capabilities(void);
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

/** What the containers of a task share. */
struct task {
  unsigned long spaces; /* CLONE_NEW* */
  const char *shm_path; /* of the host: where the tmpfs lies that is their /dev/shm; NULL: they have their own */
  const char *shm;
  char **whole_argv;
};

#define TOOLS_MAX 128
#define GROUPS_MAX 4
#define MASKS_MAX 32

struct entry {
  const char *directory;
  const char *user;  /* NULL: user 0 in no group but 0 */
  const char *state; /* of the container, for a toolbox; NULL: no toolbox */
  const char *tools[TOOLS_MAX]; /* paths of the host that are the toolbox */
  unsigned tool_count;
  const char *masks[MASKS_MAX]; /* what of them is in no toolbox */
  unsigned mask_count;
  const char *groups[GROUPS_MAX]; /* cgroup.procs of the container's control groups */
  unsigned group_count;
  struct limits limits;
  bool terminal;
  unsigned columns, rows;
  char **argv, **environment;
};

/* toolbox.c */
/** Builds the toolbox around the container whose mount namespace this is; finds the user in the container. */
void toolbox_build(const struct entry *entry, int mounts, struct identity *identity);

/* Modes */
_Noreturn void run_mode(struct container *container);
_Noreturn void task_mode(const struct task *task);
_Noreturn void enter_mode(struct entry *entry);
_Noreturn void remove_mode(const char *parent, const char *name);

/** A port of the loopback, and the Unix socket where its connections go. */
struct forward {
  long port;
  const char *path;
  int listener;
};
#define FORWARDS_MAX 8

/** Listens on all ports (forward.c). */
void forward_open(struct forward *forwards, size_t count);
/** Carries connections until `signals` can be read. */
_Noreturn void forward_all(struct forward *forwards, size_t count, int signals);
_Noreturn void pause_mode(struct forward *forwards, size_t count);

#endif
