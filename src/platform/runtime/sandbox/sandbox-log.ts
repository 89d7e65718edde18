/** What the sandbox tells the operator; pino's shape. */
export interface SandboxLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}
