#include "sandbox.h"

/*
 * Commands are lines of ASCII: `opened`, `hangup`, `echo`, `signal N`, `resize COLUMNS ROWS`. They come from Node alone, so
 * a line that is none of these, or longer than the buffer, is a defect: the process is ended rather than guessed at.
 */
static struct command parse(const char *line) {
  const char *rest;
  struct command command = {COMMAND_BAD, 0, 0};
  if (same(line, "opened")) command.kind = COMMAND_OPENED;
  if (same(line, "hangup")) command.kind = COMMAND_HANGUP;
  if (same(line, "echo")) command.kind = COMMAND_ECHO;
  if ((rest = after_prefix(line, "signal "))) {
    command.first = number_until(rest, 0);
    if (command.first > 0 && command.first <= 64) command.kind = COMMAND_SIGNAL;
  }
  if ((rest = after_prefix(line, "resize "))) {
    const char *space = rest;
    while (*space && *space != ' ') space++;
    if (*space) {
      command.first = number_until(rest, ' ');
      command.second = number_until(space + 1, 0);
      if (command.first >= 0 && command.second >= 0) command.kind = COMMAND_RESIZE;
    }
  }
  return command;
}

struct command control_next(struct control *control) {
  struct command command = {COMMAND_NONE, 0, 0};
  for (unsigned i = 0; i < control->length; i++) {
    if (control->data[i] == 0) command.kind = COMMAND_BAD;
    if (control->data[i] != '\n') continue;
    control->data[i] = 0;
    if (command.kind == COMMAND_NONE) command = parse(control->data);
    control->length -= i + 1;
    for (unsigned j = 0; j < control->length; j++) control->data[j] = control->data[i + 1 + j];
    return command;
  }
  if (control->length == sizeof control->data) command.kind = COMMAND_BAD;
  return command;
}

struct command control_read(struct control *control) {
  struct command closed = {COMMAND_CLOSED, 0, 0};
  long got = sys(read, CONTROL_FD, control->data + control->length, sizeof control->data - control->length);
  if (got == -EAGAIN || got == -EINTR) got = 0;
  else if (got <= 0) return closed;
  control->length += (unsigned)got;
  return control_next(control);
}

void say(const char *word, const long *numbers, unsigned count) {
  struct text line;
  path_of(&line, word);
  for (unsigned i = 0; i < count; i++) {
    put(&line, " ");
    put_number(&line, numbers[i]);
  }
  put(&line, "\n");
  write_all(CONTROL_FD, line.data, line.length);
}
