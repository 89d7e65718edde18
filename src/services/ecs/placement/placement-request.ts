import type { PlacementConstraint, PlacementStrategy } from '@aws-sdk/client-ecs';
import { requireAtMost } from '../checks.js';
import { ecsError } from '../ecs-error.js';
import type { TaskDefinition } from '../task-definition.js';
import { ClusterQueryError, parseClusterQuery, type Expression } from './cluster-query-parser.js';

/** Where the tasks of a request may go, and where they best do. */
export interface PlacementRules {
  readonly constraints: readonly PlacementConstraint[];
  readonly strategy: readonly PlacementStrategy[];
}

/** Quotas of AWS: constraints of a task, its definition's with them, and strategies of a task or service. */
export const MAX_CONSTRAINTS = 10;
export const MAX_STRATEGIES = 5;

/** Reads an expression of the cluster query language; `what` is the parameter it came in. */
export function readExpression(text: string, what: string): Expression {
  try {
    return parseClusterQuery(text);
  } catch (error) {
    if (!(error instanceof ClusterQueryError)) throw error;
    // AWS's own text names no place.
    throw ecsError.invalidParameter(`Invalid ${what}: ${error.message}.`);
  }
}

/** Checks constraints; `task definition` knows only memberOf. */
export function readConstraints(
  constraints: readonly PlacementConstraint[] | undefined,
  of: 'request' | 'task definition' = 'request',
): readonly PlacementConstraint[] {
  requireAtMost(constraints, MAX_CONSTRAINTS, 'placementConstraints');
  return (constraints ?? []).map(({ type, expression }) => {
    if (type === 'distinctInstance' && of === 'request') {
      if (expression === undefined || expression === '') return { type };
      throw ecsError.invalidParameter(
        'An expression cannot be specified for the placement constraint distinctInstance.',
      );
    }
    if (type !== 'memberOf') {
      const allowed = of === 'request' ? '[distinctInstance,memberOf]' : '[memberOf]';
      throw ecsError.invalidParameter(`Placement constraint type should be one of ${allowed}`);
    }
    if (expression === undefined || expression.trim() === '') throw ecsError.required('expression');
    readExpression(expression, 'placement constraint expression');
    return { type, expression };
  });
}

export function readStrategy(strategy: readonly PlacementStrategy[] | undefined): readonly PlacementStrategy[] {
  requireAtMost(strategy, MAX_STRATEGIES, 'placementStrategy');
  return (strategy ?? []).map(({ type, field }) => {
    const named = field !== undefined && field !== '';
    switch (type) {
      case 'random':
        if (named) throw ecsError.invalidParameter('A field cannot be specified for the placement strategy random.');
        return { type };
      case 'spread':
        if (!named) throw ecsError.required('field');
        if (!/^(instanceId|host|attribute:.+)$/.test(field)) {
          throw ecsError.invalidParameter(`Invalid field '${field}' for the placement strategy spread.`);
        }
        return { type, field };
      case 'binpack':
        if (!named) throw ecsError.required('field');
        if (!/^(cpu|memory)$/i.test(field)) {
          throw ecsError.invalidParameter(`Invalid field '${field}' for the placement strategy binpack.`);
        }
        return { type, field };
      default:
        throw ecsError.invalidParameter('Placement strategy type should be one of [binpack,random,spread]');
    }
  });
}

export function readRules(input: {
  readonly placementConstraints?: readonly PlacementConstraint[] | undefined;
  readonly placementStrategy?: readonly PlacementStrategy[] | undefined;
}): PlacementRules {
  return {
    constraints: readConstraints(input.placementConstraints),
    strategy: readStrategy(input.placementStrategy),
  };
}

/** Those of the definition hold as well. */
export function withDefinition(
  constraints: readonly PlacementConstraint[],
  definition: Pick<TaskDefinition, 'placementConstraints'>,
): readonly PlacementConstraint[] {
  const all = [...(definition.placementConstraints ?? []), ...constraints];
  requireAtMost(all, MAX_CONSTRAINTS, 'placementConstraints');
  return all;
}

/** Fargate places tasks by itself. */
export function requireInstances(launchType: string, { constraints, strategy }: PlacementRules): void {
  if (launchType !== 'FARGATE') return;
  if (constraints.length > 0) {
    throw ecsError.invalidParameter('Task placement constraints are not supported with FARGATE launch type.');
  }
  if (strategy.length > 0) {
    throw ecsError.invalidParameter('Task placement strategies are not supported with FARGATE launch type.');
  }
}
