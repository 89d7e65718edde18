import { type Fact, isDenied } from './fact.js';
import type { Facts } from './facts.js';
import { Check, type Finding } from './finding.js';
import { allow, listPolicies } from './repair.js';
import type { Verdict } from './simulate.js';

/** Who asks, and whether they may. */
export function checkCaller(facts: Facts): readonly Finding[] {
  return [identity(facts), executeCommand(facts), describeTasks(facts), ...generateDataKey(facts), startSession(facts)];
}

function identity({ identity: fact }: Facts): Finding {
  const check = new Check('caller', 'Caller');
  if (!fact.known) return check.failed(`the credentials are not accepted: ${fact.why}`, 'aws sts get-caller-identity');
  const { arn, accountId } = fact.value;
  if (/:root$/.test(arn)) {
    return check.warning(`${arn}: the root of account ${accountId}; no policy restrains it`);
  }
  return check.ok(arn);
}

function executeCommand(facts: Facts): Finding {
  const check = new Check('execute-command', 'Caller may ecs:ExecuteCommand');
  return permission(check, facts, facts.callerMay.executeCommand);
}

function generateDataKey(facts: Facts): readonly Finding[] {
  const verdicts = facts.callerMay.generateDataKey;
  if (verdicts === undefined) return [];
  return [permission(new Check('generate-data-key', "Caller may use the session's key"), facts, verdicts)];
}

function permission(check: Check, facts: Facts, fact: Fact<readonly Verdict[]>): Finding {
  if (!fact.known) return check.notChecked(fact.why);
  if (fact.value.length === 0) return check.ok('the root of the account may');
  const source = facts.caller.known ? facts.caller.value?.arn : undefined;
  return verdictFinding(check, fact.value, source ?? '');
}

/** Of what one principal may do; all of it is needed. */
export function verdictFinding(check: Check, verdicts: readonly Verdict[], source: string): Finding {
  const refused = verdicts.filter(({ decision }) => decision !== 'allowed');
  if (refused.length === 0) {
    return check.ok(`${[...new Set(verdicts.map(({ action }) => action))].join(', ')} allowed for ${source}`);
  }
  const missing = [...new Set(refused.flatMap(({ missingKeys }) => missingKeys))];
  const text = refused.map(refusalText).join('; ');
  const evidence = `${text} for ${source}`;
  const denied = refused.some(({ decision }) => decision === 'explicitDeny');
  // The simulation has no values for them; the real request may.
  if (!denied && missing.length > 0) {
    return check.warning(`${evidence}; it depends on condition keys that are not known here: ${missing.join(', ')}`);
  }
  const repair = denied
    ? [`# a statement with Effect Deny decides: it has to be changed, an Allow does not help`, ...listPolicies(source)]
    : allow(
        check,
        source,
        [...new Set(verdicts.map(({ resource }) => resource))].map((resource) => ({
          actions: verdicts.filter((one) => one.resource === resource).map(({ action }) => action),
          resources: [resource],
        })),
      );
  return check.failed(evidence, ...repair);
}

function refusalText({ action, resource, decision, policies = [] }: Verdict): string {
  const by = decision === 'explicitDeny' && policies.length > 0 ? ` by ${policies.join(' and ')}` : '';
  return `${action} on ${resource} is ${decision}${by}`;
}

/** The AWS CLI reads the container's runtime id with it, when the session has been started already (ecs-api 4.2). */
function describeTasks({ task, caller }: Facts): Finding {
  const check = new Check('describe-tasks', 'Caller may ecs:DescribeTasks');
  if (task.known) return check.ok('DescribeTasks answered');
  if (!isDenied(task)) return check.notChecked(task.why);
  const source = caller.known ? (caller.value?.arn ?? '') : '';
  return check.warning(
    `${task.why}; 'aws ecs execute-command' cannot attach to its session without it, 'gangway exec' can`,
    ...allow(check, source, [{ actions: ['ecs:DescribeTasks'], resources: ['*'] }]),
  );
}

/** Such sessions are neither logged nor told apart by container: AWS advises to deny them. */
function startSession({ callerMay: { startSession: fact } }: Facts): Finding {
  const check = new Check('start-session', 'Caller may not ssm:StartSession');
  if (!fact.known) return check.notChecked(fact.why);
  const [verdict] = fact.value;
  if (verdict === undefined) return check.warning('the root of the account may');
  if (verdict.decision !== 'allowed') return check.ok(`ssm:StartSession on the task is ${verdict.decision}`);
  return check.warning(
    'ssm:StartSession on the task is allowed: it opens sessions that ECS Exec neither logs nor audits',
    '# deny ssm:StartSession on arn:aws:ecs:*:*:task/* to whoever should use ecs:ExecuteCommand alone',
  );
}
