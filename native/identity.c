#include "sandbox.h"

/* /etc/passwd and /etc/group come from the image: bounded, and nothing in them is trusted but their text. */
#define FILE_MAX (1u << 20)
#define FIELDS 7

struct table {
  char *data;
  char *next; /* line */
};

static struct table table_open(const char *path) {
  struct table table = {NULL, NULL};
  int fd = open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) return table;
  long map = sys(mmap, 0, FILE_MAX, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
  size_t length = 0;
  while (map > 0 && length < FILE_MAX - 1) {
    long got = sys(read, fd, map + (long)length, FILE_MAX - 1 - length);
    if (got <= 0) break;
    length += (size_t)got;
  }
  sys(close, fd);
  if (map > 0) table.data = table.next = (char *)map;
  return table;
}

static void table_close(struct table *table) {
  if (table->data) sys(munmap, table->data, FILE_MAX);
}

/** Splits the next line at its colons, in place; missing fields are empty. */
static bool table_line(struct table *table, char *fields[FIELDS]) {
  char *at = table->next;
  if (!at || !*at) return false;
  unsigned field = 0;
  fields[0] = at;
  while (*at && *at != '\n') {
    if (*at == ':' && field + 1 < FIELDS) {
      *at = 0;
      fields[++field] = at + 1;
    }
    at++;
  }
  table->next = *at ? at + 1 : at;
  *at = 0;
  while (++field < FIELDS) fields[field] = at;
  return true;
}

/** Whether `name` is one of the comma-separated members. */
static bool is_member(const char *members, const char *name) {
  while (*members) {
    const char *rest = after_prefix(members, name);
    if (rest && (*rest == 0 || *rest == ',')) return true;
    while (*members && *members != ',') members++;
    if (*members) members++;
  }
  return false;
}

void identity_find(const char *user, struct identity *identity) {
  struct text name, group;
  char *field[FIELDS];
  char found[256] = "";
  clear(&name);
  while (*user && *user != ':') put(&name, (const char[]){*user++, 0});
  path_of(&group, *user ? user + 1 : "");
  long number = name.length ? number_until(name.data, 0) : 0;

  identity->uid = number > 0 ? (unsigned)number : 0;
  identity->gid = 0;
  identity->group_count = 0;
  clear(&identity->home);

  bool known = false;
  struct table users = table_open("/etc/passwd");
  while (!known && table_line(&users, field)) {
    long uid = number_until(field[2], 0), gid = number_until(field[3], 0);
    if (uid < 0 || gid < 0 || !field[0][0]) continue;
    if (!(name.length && same(field[0], name.data)) && uid != number) continue;
    known = true;
    identity->uid = (unsigned)uid;
    identity->gid = (unsigned)gid;
    put(&identity->home, field[5]);
    size_t length = length_of(field[0]);
    if (length < sizeof found) memcpy(found, field[0], length + 1);
  }
  table_close(&users);
  if (!known && number < 0) fail(-ENOENT, "user", name.data);
  if (!group.length && !found[0]) return;

  bool matched = false;
  long gid_wanted = number_until(group.data, 0);
  struct table groups = table_open("/etc/group");
  while (!matched && table_line(&groups, field)) {
    long gid = number_until(field[2], 0);
    if (gid < 0) continue;
    if (group.length) {
      matched = same(field[0], group.data) || gid == gid_wanted;
      if (matched) identity->gid = (unsigned)gid;
    } else if (is_member(field[3], found) && identity->group_count < 256) {
      identity->groups[identity->group_count++] = (unsigned)gid;
    }
  }
  table_close(&groups);
  if (!group.length || matched) return;
  if (gid_wanted < 0) fail(-ENOENT, "group", group.data);
  identity->gid = (unsigned)gid_wanted;
}

char **with_home(char **environment, const struct text *home) {
  unsigned count = 0;
  for (; environment[count]; count++)
    if (after_prefix(environment[count], "HOME=")) return environment;
  long map = need(sys(mmap, 0, (count + 2) * sizeof(char *), 3, 0x22, -1, 0), "memory", "environment");
  char **extended = (char **)map;
  for (unsigned i = 0; i < count; i++) extended[i] = environment[i];
  static struct text entry;
  path_of(&entry, "HOME=", home->length ? home->data : "/");
  extended[count] = entry.data;
  extended[count + 1] = NULL;
  return extended;
}
