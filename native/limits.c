/* Limits of a container's processes: of resources (setrlimit) and of capabilities. */
#include "sandbox.h"

static bool hexadecimal(const char *text, uint64_t *number) {
  *number = 0;
  if (!*text || length_of(text) > 16) return false;
  for (; *text; text++) {
    int digit = *text >= '0' && *text <= '9' ? *text - '0' : *text >= 'a' && *text <= 'f' ? *text - 'a' + 10 : -1;
    if (digit < 0) return false;
    *number = *number << 4 | (uint64_t)digit;
  }
  return true;
}

char **limits_option(char **at, struct limits *limits) {
  if (same(*at, "--capabilities") && at[1] && hexadecimal(at[1], &limits->capabilities)) return at + 1;
  if (!same(*at, "--limit") || !at[1] || !at[2] || !at[3] || limits->count == RLIM_NLIMITS) return NULL;
  long resource = number_until(at[1], 0);
  struct rlimit64 *value = &limits->list[limits->count].value;
  if (resource < 0 || resource >= RLIM_NLIMITS) return NULL;
  if (!number64(at[2], &value->rlim_cur) || !number64(at[3], &value->rlim_max)) return NULL;
  limits->list[limits->count++].resource = (unsigned)resource;
  return at + 3;
}

/** Sets one, or fails with Docker's word for it. */
static void set(unsigned resource, const struct rlimit64 *value) {
  struct text name;
  clear(&name);
  put_number(&name, resource);
  need(sys(prlimit64, 0, resource, value, NULL), "limit", name.data);
}

void limits_raise(const struct limits *limits) {
  for (unsigned i = 0; i < limits->count; i++) {
    struct rlimit64 now;
    const unsigned resource = limits->list[i].resource;
    if (sys(prlimit64, 0, resource, NULL, &now) < 0 || now.rlim_max >= limits->list[i].value.rlim_max) continue;
    now.rlim_max = limits->list[i].value.rlim_max;
    set(resource, &now);
  }
}

void limits_take(const struct limits *limits) {
  for (unsigned i = 0; i < limits->count; i++) set(limits->list[i].resource, &limits->list[i].value);
}

void bounds_take(const struct limits *limits) {
  for (unsigned long capability = 0; capability < 64; capability++)
    if (!(limits->capabilities >> capability & 1) && sys(prctl, PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
      need(sys(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0), "capabilities", "bounding set");
}
