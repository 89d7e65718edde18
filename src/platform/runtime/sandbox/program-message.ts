/** What `gangway-sandbox` says on its control socket, one line each (docs/decisions/0002). */
export type ProgramMessage =
  /** The container's init, and the descriptors of its stdout and stderr in the program. */
  | { readonly kind: 'container'; readonly init: number; readonly stdout: number; readonly stderr: number }
  /** Descriptors of Node's ends of stdin, stdout and stderr in the program. Not said with a terminal. */
  | { readonly kind: 'pipes'; readonly stdin: number; readonly stdout: number; readonly stderr: number }
  /** Of a task: the process that holds its namespaces. */
  | { readonly kind: 'task'; readonly init: number }
  /** The entered process, before its command runs. */
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'started' }
  /** Of the entered process and those it waited for: CPU time, and the most memory that one of them had. */
  | { readonly kind: 'usage'; readonly cpuMilliseconds: number; readonly peakKilobytes: number }
  /** The answer to `echo`. */
  | { readonly kind: 'echo'; readonly on: boolean }
  | { readonly kind: 'exit'; readonly code: number }
  /** `errno` is Linux's; `stage` one word; `detail` a path or name with control characters replaced. */
  | { readonly kind: 'error'; readonly errno: number; readonly stage: string; readonly detail: string };

export class ProgramMessageError extends Error {
  override readonly name = 'ProgramMessageError';
}

/** Longest line: one path and a few words. */
export const LINE_BYTES = 8_192;

/** Cuts the program's bytes into lines, and those into messages. */
export class ProgramMessages {
  #rest = Buffer.alloc(0);

  /** Throws {@link ProgramMessageError} for a line that is none of the messages, or never ends. */
  take(bytes: Uint8Array): ProgramMessage[] {
    const messages: ProgramMessage[] = [];
    let data = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a)) {
      messages.push(parse(data.subarray(0, end).toString()));
      data = data.subarray(end + 1);
    }
    if (data.length > LINE_BYTES)
      throw new ProgramMessageError(`a line of gangway-sandbox exceeds ${LINE_BYTES} bytes`);
    this.#rest = Buffer.from(data);
    return messages;
  }
}

const number = '(-?[0-9]{1,10})';
const shapes: readonly (readonly [RegExp, (found: readonly string[]) => ProgramMessage])[] = [
  [
    new RegExp(`^container ${number} ${number} ${number}$`),
    ([, init, stdout, stderr]) => ({
      kind: 'container',
      init: Number(init),
      stdout: Number(stdout),
      stderr: Number(stderr),
    }),
  ],
  [
    new RegExp(`^pipes ${number} ${number} ${number}$`),
    ([, stdin, stdout, stderr]) => ({
      kind: 'pipes',
      stdin: Number(stdin),
      stdout: Number(stdout),
      stderr: Number(stderr),
    }),
  ],
  [new RegExp(`^task ${number}$`), ([, init]) => ({ kind: 'task', init: Number(init) })],
  [new RegExp(`^process ${number}$`), ([, pid]) => ({ kind: 'process', pid: Number(pid) })],
  [
    new RegExp(`^usage ${number} ${number}$`),
    ([, cpu, peak]) => ({ kind: 'usage', cpuMilliseconds: Number(cpu), peakKilobytes: Number(peak) }),
  ],
  [/^started$/, () => ({ kind: 'started' })],
  [/^echo ([01])$/, ([, on]) => ({ kind: 'echo', on: on === '1' })],
  [new RegExp(`^exit ([0-9]{1,3})$`), ([, code]) => ({ kind: 'exit', code: Number(code) })],
  [
    new RegExp(`^error ${number} ([a-z]+) (.*)$`),
    ([, errno, stage = '', detail = '']) => ({ kind: 'error', errno: Number(errno), stage, detail }),
  ],
];

function parse(line: string): ProgramMessage {
  for (const [shape, message] of shapes) {
    const found = shape.exec(line);
    if (found !== null) return message(found);
  }
  throw new ProgramMessageError(`gangway-sandbox said ${JSON.stringify(line.slice(0, 200))}`);
}
