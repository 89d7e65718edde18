import type { TaskPayload } from '../../core/protocol/agent-service.js';
import type { TaskEndpoint } from '../metadata/task-endpoint.js';

/** What ECS gives a container beside what its definition says. */
export interface TaskServing {
  /** Listens. */
  readonly endpoint: TaskEndpoint;
  readonly region: string;
  /** Where SDKs in containers find AWS; absent: at AWS. */
  readonly endpointUrl?: string;
  /** Holds a directory of sockets for each task with a network of its own; absolute and short. */
  readonly waysDirectory: string;
}

const REGION_NAMES = ['AWS_REGION', 'AWS_DEFAULT_REGION'] as const;

/** As ECS sets them, so that SDKs know where they are; AWS_ENDPOINT_URL is ours. */
export function givenEnvironment(task: TaskPayload, serving: TaskServing): Record<string, string> {
  const { region, endpointUrl } = serving;
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: task.metadata?.launchType === 'FARGATE' ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
    ...(endpointUrl !== undefined && { AWS_ENDPOINT_URL: endpointUrl }),
  };
}

/** The definition has the last word. A region that it sets under one of the names is not contradicted by the other. */
export function withDefinition(
  given: Readonly<Record<string, string>>,
  definition: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const ownRegion = REGION_NAMES.some((name) => name in definition);
  const kept = Object.entries(given).filter(([name]) => !(ownRegion && REGION_NAMES.some((one) => one === name)));
  return { ...Object.fromEntries(kept), ...definition };
}
