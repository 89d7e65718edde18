import { spawn, type IPty } from '@lydell/node-pty';

/** A program on a pty whose screen text can be waited for. */
export class TestTerminal {
  readonly pty: IPty;
  readonly exited: Promise<number>;
  text = '';

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv, columns = 80, rows = 24) {
    this.pty = spawn(file, [...args], {
      cols: columns,
      rows,
      name: 'xterm-256color',
      env,
    });
    // The official client leaves ONLCR on, so its line ends are CR CR LF: one CR is as good as two here.
    this.pty.onData((data) => (this.text = (this.text + data).replaceAll('\r\r', '\r')));
    this.exited = new Promise((resolve) => this.pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** Waits for a pattern after the last match. */
  async until(pattern: RegExp, timeoutMs = 15_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.text);
      if (match) {
        this.text = this.text.slice(match.index + match[0].length);
        return match[0];
      }
      if (Date.now() > deadline)
        throw new Error(`no ${String(pattern)} within ${timeoutMs} ms in: ${this.text.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Types in pieces that a terminal could deliver, waiting when it does not take more. */
  async paste(text: string): Promise<void> {
    for (let index = 0; index < text.length; index += 1024) {
      this.pty.write(text.slice(index, index + 1024));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
