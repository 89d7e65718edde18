import { primaryDeployment, type Service } from './service.js';
import {
  emptied,
  ended,
  findSick,
  replaceable,
  START_STEP,
  type PlannedTask,
  type ServicePlan,
  isSteady,
} from './service-plan.js';
import { inStopOrder } from './task-stop-order.js';

/** A container instance, as a DAEMON service sees it. */
export interface DaemonPlace {
  readonly arn: string;
  /** ACTIVE, and with all that launch type, attributes and constraints ask for. */
  readonly suits: boolean;
  readonly connected: boolean;
}

/**
 * One task on each instance that suits. An instance that is not connected counts as long as it holds its task. A new
 * task starts only where the one before it has ended; `minimumHealthyPercent` says how many may be missing meanwhile.
 */
export function planDaemon(
  service: Service,
  tasks: readonly PlannedTask[],
  places: readonly DaemonPlace[],
  now: number,
): ServicePlan & { readonly desiredCount: number } {
  const wanted = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const primary = primaryDeployment(service);
  if (service.status !== 'ACTIVE' || primary === undefined) return { ...ended(tasks, wanted), desiredCount: 0 };
  const served = places.filter(
    ({ arn, suits, connected }) => suits && (connected || wanted.some(({ host }) => host === arn)),
  );
  const desiredCount = served.length;
  const { sick, graceEndsAt } = findSick(service, wanted, now);
  const here = wanted.filter(({ host }) => served.some(({ arn }) => arn === host));
  const current = here.filter((task) => task.deploymentId === primary.id && !sick.has(task));
  const former = here.filter((task) => !current.includes(task));
  const gone = emptied(service, tasks);
  const failed = primary.rolloutState === 'FAILED';

  const { minimumHealthyPercent = 0 } = service.deploymentConfiguration;
  const replaced = failed ? [] : replaceable(former, current, Math.ceil((desiredCount * minimumHealthyPercent) / 100));
  const doubled = served.flatMap(({ arn }) => inStopOrder(current.filter(({ host }) => host === arn)).slice(0, -1));
  const stop = [...wanted.filter((task) => !here.includes(task)), ...doubled, ...replaced];
  const empty = served
    .filter(({ arn, connected }) => connected && !tasks.some(({ host }) => host === arn))
    .map(({ arn }) => arn);
  const waits = empty.length > 0 && !failed && primary.retryAt !== undefined && primary.retryAt > now;
  const on = failed || waits ? [] : empty.slice(0, START_STEP);
  return {
    desiredCount,
    start: on.length,
    on,
    stop,
    unhealthy: stop.filter((task) => sick.has(task)).map(({ arn }) => arn),
    gone,
    steady: stop.length === 0 && isSteady(service, desiredCount, { tasks, current, gone }),
    blocked: false,
    ...(waits ? { retryAt: primary.retryAt } : {}),
    lookAgainAt: graceEndsAt,
  };
}
