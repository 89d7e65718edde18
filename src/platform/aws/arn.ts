/** The parts of `arn:partition:service:region:account:resource`; region and account are empty for global things. */
export interface Arn {
  /** `aws`, `aws-cn`, `aws-us-gov`: from configuration, never assumed. */
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** Everything after the fifth colon, for example `task/demo/0123…` or `log-group:NAME:*`. */
  readonly resource: string;
}

export function formatArn({ partition, service, region, accountId, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

const form = /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/s;

/** Undefined when the text is no ARN; the parts are not checked further. */
export function parseArn(text: string): Arn | undefined {
  const parts = form.exec(text);
  if (parts === null) return undefined;
  const [, partition = '', service = '', region = '', accountId = '', resource = ''] = parts;
  return { partition, service, region, accountId, resource };
}
