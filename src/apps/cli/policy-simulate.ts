import process from 'node:process';
import { compilePolicyText } from '../../core/policy/compile-policy.js';
import { decide } from '../../core/policy/decide.js';
import { explain } from '../../core/policy/explain.js';
import type { NamedPolicy, PolicyRequest, ResourcePolicy } from '../../core/policy/policy-api.js';
import type { PolicyKind } from '../../core/policy/policy-document.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import { newCommand, parseCommand } from './parse-command.js';
import { problemLines, readPolicyFile } from './policy-file.js';
import { UsageError } from './usage-error.js';

interface SimulateOptions {
  readonly policy: readonly string[];
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

/** A key's policy and a role's trust policy must allow; others may. */
function resourcePolicyOf(file: string, action: string): ResourcePolicy {
  const service = action.slice(0, action.indexOf(':')).toLowerCase();
  const rule = service === 'kms' || service === 'sts' ? 'must-allow' : 'grants';
  return { ...load(file, service === 'sts' ? 'trust' : 'resource'), rule };
}

/** Exit status 0: allowed, 1: denied. */
export function simulate(argv: readonly string[]): number {
  const command = newCommand('policy simulate', 'Decides one action on one resource, and says why.')
    .usage('--policy FILE... --action NAME [options]')
    .requiredOption('--policy <file...>', 'identity policies of the caller; - is standard input')
    .requiredOption('--action <name>', 'for example ecs:ExecuteCommand')
    .option('--resource <arn>', 'taken literally', '*')
    .option('--context <key=value...>', 'condition keys of the request')
    .option('--boundary <file>', 'permissions boundary')
    .option('--resource-policy <file>', "policy of the resource, as a bucket's")
    .option('--caller <arn>', 'who asks, for the Principal of the resource policy');
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<SimulateOptions>();
  const { policy, action, resource, boundary, resourcePolicy } = options;
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9]+$/.test(action))
    throw new UsageError(`--action takes SERVICE:NAME, not '${action}'`);
  const request: PolicyRequest = {
    principal: principalOf(options.caller),
    action,
    resource,
    context: contextOf(options.context ?? []),
    identity: policy.map((file) => load(file, 'identity')),
    ...(boundary !== undefined && { boundary: load(boundary, 'identity') }),
    ...(resourcePolicy !== undefined && { resourcePolicy: resourcePolicyOf(resourcePolicy, action) }),
  };
  const decision = decide(request);
  process.stdout.write(`${decision.decision}\n${explain(request, decision)}\n`);
  return decision.decision === 'allowed' ? 0 : 1;
}
