import { compilePolicyText } from '../../core/policy/compile-policy.js';
import { decide } from '../../core/policy/decide.js';
import { explain } from '../../core/policy/explain.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import type { Principals, RoleIdentity } from '../principals.js';
import { RoleRefused, type RoleSource, type ServiceRoles } from '../role-credentials.js';
import type { StsSessions } from './sts-sessions.js';

/** As ECS gives them to tasks: 6 hours. */
export const SERVICE_SESSION_SECONDS = 6 * 60 * 60;

export interface ServiceRolesOptions {
  readonly principals: Principals;
  readonly sessions: StsSessions;
  readonly accountId: string;
  readonly partition: string;
  /** Of the tasks: with it a role for them has a source also where the caller names none, as ECS does it. */
  readonly region?: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Roles as AWS's services take them: only the trust policy decides. */
export function createServiceRoles(options: ServiceRolesOptions): ServiceRoles {
  const { principals, sessions, accountId, partition, region, clock } = options;
  const ofTasks = region === undefined ? undefined : { arn: `arn:${partition}:ecs:${region}:${accountId}:*` };

  async function trusted(roleArn: string, service: string, named?: RoleSource): Promise<RoleIdentity> {
    const source = named ?? (service === 'ecs-tasks.amazonaws.com' ? ofTasks : undefined);
    const role = await principals.role(roleArn);
    if (role === undefined) throw new RoleRefused(`there is no role ${roleArn}`);
    const request = {
      principal: { service },
      action: 'sts:AssumeRole',
      resource: roleArn,
      context: new Map([
        ['aws:sourceaccount', [source?.arn.split(':')[4] || accountId]],
        ...(source === undefined ? [] : [['aws:sourcearn', [source.arn]] as const]),
        ['aws:resourceaccount', [accountId]],
        ['aws:currenttime', [new Date(clock()).toISOString()]],
        ['aws:epochtime', [String(Math.floor(clock() / 1000))]],
      ]),
      identity: [],
      resourcePolicy: { name: `trust policy of ${role.name}`, policy: compiled(role), rule: 'grants' as const },
    };
    const decision = decide(request);
    if (decision.decision !== 'allowed') throw new RoleRefused(explain(request, decision));
    return role;
  }

  return {
    async check(roleArn, service, source) {
      await trusted(roleArn, service, source);
    },

    async assume(roleArn, service, sessionName, source, durationSeconds = SERVICE_SESSION_SECONDS) {
      const role = await trusted(roleArn, service, source);
      const credentials = await sessions.create(
        {
          accountId,
          arn: `arn:${partition}:sts::${accountId}:assumed-role/${role.name}/${sessionName}`,
          userId: `${role.id}:${sessionName}`,
          type: 'assumed-role',
          session: { roleArn, issuedAt: clock(), tags: {}, transitiveTagKeys: [] },
        },
        durationSeconds,
      );
      return { roleArn, ...credentials };
    },
  };
}

function compiled({ name, trustPolicy }: RoleIdentity): ReturnType<typeof compilePolicyText> {
  try {
    return compilePolicyText(trustPolicy, 'trust');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw new RoleRefused(`the trust policy of ${name} cannot be read: ${error.message}`, { cause: error });
  }
}
