import process from 'node:process';
import { compilePolicyText } from '../../core/policy/compile-policy.js';
import { decide } from '../../core/policy/decide.js';
import { explain } from '../../core/policy/explain.js';
import type { NamedPolicy, PolicyRequest, ResourcePolicy } from '../../core/policy/policy-api.js';
import type { PolicyKind } from '../../core/policy/policy-document.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import { addConnectionOptions, type ConnectionOptions } from './connect.js';
import { newCommand, parseCommand } from './parse-command.js';
import { problemLines, readPolicyFile } from './policy-file.js';
import { simulatePrincipal } from './policy-simulate-principal.js';
import { UsageError } from './usage-error.js';

interface SimulateOptions extends ConnectionOptions {
  readonly policy?: readonly string[];
  readonly principal?: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: readonly string[];
  readonly boundary?: string;
  readonly resourcePolicy?: string;
  readonly caller?: string;
}

function load(file: string, kind: PolicyKind): NamedPolicy {
  const text = readPolicyFile(file);
  try {
    return { name: file, policy: compilePolicyText(text, kind) };
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw new UsageError(`the policy is malformed\n${problemLines(file, error.problems).join('\n')}`);
  }
}

/** `KEY=VALUE`; a key that is there several times has several values. */
function contextOf(entries: readonly string[]): Map<string, string[]> {
  const context = new Map<string, string[]>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at <= 0) throw new UsageError(`--context takes KEY=VALUE, not '${entry}'`);
    const key = entry.slice(0, at).toLowerCase();
    context.set(key, [...(context.get(key) ?? []), entry.slice(at + 1)]);
  }
  return context;
}

function principalOf(arn: string | undefined): PolicyRequest['principal'] {
  if (arn === undefined) return {};
  const accountId = arn.split(':')[4] ?? '';
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return {
    arn,
    accountId,
    ...(role !== undefined && { roleArn: `arn:aws:iam::${accountId}:role/${role}` }),
    ...(arn.endsWith(':root') && { isRoot: true }),
  };
}

const HELP = `
With --principal the policies are those that an endpoint has of a user, group or role; --policy then adds to them, and
--boundary takes the place of its own.`;

/** A key's policy and a role's trust policy must allow; others may. */
function resourcePolicyOf(file: string, action: string): ResourcePolicy {
  const service = action.slice(0, action.indexOf(':')).toLowerCase();
  const rule = service === 'kms' || service === 'sts' ? 'must-allow' : 'grants';
  return { ...load(file, service === 'sts' ? 'trust' : 'resource'), rule };
}

/** Exit status 0: allowed, 1: denied. */
export async function simulate(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('policy simulate', 'Decides one action on one resource, and says why.')
      .usage('{--policy FILE... | --principal ARN} --action NAME [options]')
      .option('--policy <file...>', 'identity policies of the caller; - is standard input')
      .option('--principal <arn>', 'ask an endpoint about this user, group or role')
      .requiredOption('--action <name>', 'for example ecs:ExecuteCommand')
      .option('--resource <arn>', 'taken literally', '*')
      .option('--context <key=value...>', 'condition keys of the request')
      .option('--boundary <file>', 'permissions boundary')
      .option('--resource-policy <file>', "policy of the resource, as a bucket's")
      .option('--caller <arn>', 'who asks, for the Principal of the resource policy')
      .addHelpText('after', HELP),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<SimulateOptions>();
  const { policy, principal, action, resource, boundary, resourcePolicy, caller } = options;
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action))
    throw new UsageError(`--action takes SERVICE:NAME, not '${action}'`);
  const context = contextOf(options.context ?? []);
  if (principal !== undefined) {
    const read = (file: string | undefined): string | undefined => file && readPolicyFile(file);
    const texts = { boundary: read(boundary), resourcePolicy: read(resourcePolicy) };
    const policies = (policy ?? []).map(readPolicyFile);
    return simulatePrincipal({ principal, action, resource, context, policies, caller, ...texts }, options);
  }
  if (policy === undefined) throw new UsageError('simulate needs --policy FILE or --principal ARN');
  const request: PolicyRequest = {
    principal: principalOf(caller),
    action,
    resource,
    context,
    identity: policy.map((file) => load(file, 'identity')),
    ...(boundary !== undefined && { boundary: load(boundary, 'identity') }),
    ...(resourcePolicy !== undefined && { resourcePolicy: resourcePolicyOf(resourcePolicy, action) }),
  };
  const decision = decide(request);
  process.stdout.write(`${decision.decision}\n${explain(request, decision)}\n`);
  return decision.decision === 'allowed' ? 0 : 1;
}
