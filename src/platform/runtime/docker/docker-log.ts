/** What the Docker runtime tells the operator; pino's shape. */
export interface DockerLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
}
