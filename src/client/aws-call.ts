/** One JSON 1.1 action of a service, signed and sent. Rejects with an `AwsError` when the endpoint answers with one. */
export type AwsCall = (
  service: 'ecs' | 'ssm' | 'kms',
  operation: string,
  input: Readonly<Record<string, unknown>>,
) => Promise<unknown>;
