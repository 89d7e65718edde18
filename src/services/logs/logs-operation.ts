import type { Access } from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation, RequestContext } from '../../platform/aws/service.js';
import { violations, type Constraint, type Constraints } from '../constraints.js';
import { MAX_TIME } from './event-order.js';
import { logsError } from './logs-error.js';

/** Of an operation that answers nothing. */
export const EMPTY_OUTPUT = 'unit';

const NAME = /^[.\-_/#A-Za-z0-9]+$/;

/** The shapes of the service's model that several operations have. */
export const shape = Object.freeze({
  groupName: { required: true, length: [1, 512], pattern: NAME } as const satisfies Constraint,
  optionalGroupName: { length: [1, 512], pattern: NAME } as const satisfies Constraint,
  groupNamePattern: { length: [0, 512], pattern: /^[.\-_/#A-Za-z0-9]*$/ } as const satisfies Constraint,
  groupIdentifier: { length: [1, 2048], pattern: /^[\w#+=/:,.@-]*$/ } as const satisfies Constraint,
  groupClass: { values: ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'] } as const satisfies Constraint,
  streamName: { required: true, length: [1, 512], pattern: /^[^:*]*$/ } as const satisfies Constraint,
  optionalStreamName: { length: [1, 512], pattern: /^[^:*]*$/ } as const satisfies Constraint,
  kmsKeyId: { length: [0, 256] } as const satisfies Constraint,
  nextToken: { length: [1, Number.MAX_SAFE_INTEGER] } as const satisfies Constraint,
  describeLimit: { range: [1, 50] } as const satisfies Constraint,
  eventsLimit: { range: [1, 10_000] } as const satisfies Constraint,
  time: { range: [0, MAX_TIME] } as const satisfies Constraint,
  resourceArn: { required: true, length: [1, 1011], pattern: /^[\w+=/:,.@-]*$/ } as const satisfies Constraint,
});

export interface LogsOperation<Input, Output> {
  readonly name: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly constraints: Constraints;
  readonly access: Access<Input>;
  readonly dataEvent?: boolean;
  readonly run: (input: Input, context: RequestContext) => Promise<Output>;
}

/**
 * One row of the table. The request is checked before the policies are asked: they can only be asked about names that
 * can be names. What is not an AWS error becomes one here, with its cause for the operator.
 */
export function logsOperation<Input extends object, Output>(
  definition: LogsOperation<Input, Output>,
): Operation<Input, Output> {
  const { constraints, access, run, ...rest } = definition;
  const check = (input: Input): void => {
    const problem = violations(constraints, input);
    // The service's validator shows patterns without their anchors.
    if (problem !== undefined) throw logsError.invalid(problem.replace(/(pattern: )\^(.*?)\$(?=;|$)/g, '$1$2'));
  };
  return {
    ...rest,
    access(input, context) {
      check(input);
      return access(input, context);
    },
    async run(input, context) {
      check(input);
      try {
        return await run(input, context);
      } catch (error) {
        throw error instanceof AwsError ? error : logsError.unavailable(error);
      }
    },
  };
}
