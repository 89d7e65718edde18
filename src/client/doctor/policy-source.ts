import { childOf, textOf } from '../../platform/aws/outgoing/xml-element.js';
import type { DoctorApi } from './doctor-api.js';
import { ask, type Fact, known, whenKnown, unknown } from './fact.js';
import type { Identity, PolicySource } from './facts.js';

/** sts:GetCallerIdentity. Rejects when nobody answers: then there is nothing to be found out. */
export async function callerIdentity(api: DoctorApi): Promise<Fact<Identity>> {
  const asked = await ask(() => api.query('sts', 'GetCallerIdentity', {}));
  if (!asked.known && asked.code === undefined) throw new Error(asked.why);
  return whenKnown(asked, (answer) => {
    const arn = textOf(answer, 'Arn') ?? '';
    return known({
      accountId: textOf(answer, 'Account') ?? '',
      arn,
      userId: textOf(answer, 'UserId') ?? '',
      partition: arn.split(':')[1] ?? 'aws',
    });
  });
}

/** Whose policies to try for a caller. A role session's ARN does not have the path of its role: IAM is asked for it. */
export async function policySource(api: DoctorApi, identity: Identity): Promise<Fact<PolicySource>> {
  const { arn, accountId, partition } = identity;
  const [, kind = '', name = ''] = /^arn:[^:]*:(?:iam|sts)::\d*:([a-z-]+)(?:\/(.*))?$/.exec(arn) ?? [];
  if (kind === 'root') return known(undefined);
  if (kind === 'user' || kind === 'role') return known({ arn });
  if (kind !== 'assumed-role') return unknown(`policies of a ${kind || 'caller of this kind'} cannot be tried: ${arn}`);
  const RoleName = name.split('/', 1)[0] ?? '';
  const role = await ask(async () => textOf(childOf(await api.query('iam', 'GetRole', { RoleName }), 'Role'), 'Arn'));
  // Without the right to ask: the ARN of a role without a path.
  const plain = `arn:${partition}:iam::${accountId}:role/${RoleName}`;
  return known({ arn: (role.known ? role.value : undefined) ?? plain });
}

/** A role's ARN; some say no more than its name. */
export function roleArn({ partition, accountId }: Identity, role: string): string {
  return role.startsWith('arn:') ? role : `arn:${partition}:iam::${accountId}:role/${role}`;
}
