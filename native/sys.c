#include "sys.h"

void *memcpy(void *to, const void *from, size_t length) {
  char *target = to;
  const char *source = from;
  while (length--) *target++ = *source++;
  return to;
}

void *memset(void *to, int byte, size_t length) {
  char *target = to;
  while (length--) *target++ = (char)byte;
  return to;
}

size_t length_of(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

bool same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

const char *after_prefix(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return NULL;
  return text;
}

long number_until(const char *text, char end) {
  long number = 0;
  if (*text == end) return -1;
  for (; *text != end; text++) {
    if (*text < '0' || *text > '9') return -1;
    number = number * 10 + (*text - '0');
    if (number > 0x7fffffff) return -1;
  }
  return number;
}

bool number64(const char *text, unsigned long long *number) {
  *number = 0;
  if (!*text) return false;
  for (; *text; text++) {
    const unsigned long long digit = (unsigned long long)(*text - '0');
    if (digit > 9 || *number > (~0ull - digit) / 10) return false;
    *number = *number * 10 + digit;
  }
  return true;
}

static void put_byte(struct text *text, char byte) {
  if (text->length + 1 >= sizeof text->data) {
    text->full = true;
    return;
  }
  text->data[text->length++] = byte;
  text->data[text->length] = 0;
}

void put(struct text *text, const char *part) {
  while (*part) put_byte(text, *part++);
}

void put_line_safe(struct text *text, const char *part) {
  for (; *part; part++) put_byte(text, (unsigned char)*part < 0x20 || *part == 0x7f ? '?' : *part);
}

void put_number(struct text *text, long number) {
  char digits[24];
  unsigned count = 0;
  unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;
  do digits[count++] = (char)('0' + rest % 10);
  while (rest /= 10);
  if (number < 0) put_byte(text, '-');
  while (count) put_byte(text, digits[--count]);
}

void clear(struct text *text) {
  text->length = 0;
  text->full = false;
  text->data[0] = 0;
}

void compose(struct text *text, const char *const *parts) {
  clear(text);
  while (*parts) put(text, *parts++);
}

bool write_all(int fd, const void *data, size_t length) {
  const char *at = data;
  while (length) {
    long written = sys(write, fd, at, length);
    if (written == -EINTR) continue;
    if (written <= 0) return false;
    at += written;
    length -= (size_t)written;
  }
  return true;
}

static int report_fd = -1;

void report_to(int fd) { report_fd = fd; }

_Noreturn void fail(long result, const char *stage, const char *detail) {
  struct text line;
  path_of(&line, "error ");
  put_number(&line, -result);
  put(&line, " ");
  put(&line, stage);
  put(&line, " ");
  put_line_safe(&line, detail);
  if (line.full) line.length = sizeof line.data - 2;
  line.data[line.length++] = '\n';
  write_all(report_fd, line.data, line.length);
  quit(1);
}

long need(long result, const char *stage, const char *detail) {
  if (result < 0) fail(result, stage, detail);
  return result;
}
