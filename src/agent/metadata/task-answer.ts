/** An answer of the task endpoint, before it becomes bytes. */
export interface TaskAnswer {
  readonly status: number;
  /** Becomes JSON. */
  readonly body: unknown;
}

/** In ecs-agent's form. */
export function refusal(status: number, code: string, message: string): TaskAnswer {
  return { status, body: { code, message, HTTPErrorCode: status } };
}
