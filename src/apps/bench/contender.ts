/** One way to reach a shell, measured side by side with the others. */
export interface Contender {
  readonly name: string;
  /** A terminal: argv of a process that shows a prompt of `sh` when run on a pty. */
  terminal(): Command | Promise<Command>;
  /** Without a terminal: argv that runs `sh -c script` with stdin, stdout and exit status passed through. */
  piped?(script: string): Command;
  /** Processes, beside the shell and what it runs, whose CPU time is part of the price; the client is added. */
  servers(): number[];
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A contender, or why it cannot take part here. */
export type Candidate = Contender | { readonly name: string; readonly skipped: string };
