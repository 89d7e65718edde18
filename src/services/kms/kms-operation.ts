import type { Access } from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation, RequestContext } from '../../platform/aws/service.js';
import { requireConstraints, type Constraints } from './constraints.js';
import { kmsError } from './kms-error.js';

/** Of an operation that answers nothing. */
export const EMPTY_OUTPUT = 'unit';

export interface KmsOperation<Input, Output> {
  readonly name: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly constraints: Constraints;
  readonly access: Access<Input>;
  readonly run: (input: Input, context: RequestContext) => Promise<Output>;
}

/**
 * One row of the table. The request is checked before the policies are asked: they can only be asked about names that
 * can be names. What is not an AWS error becomes one here, with its cause for the operator.
 */
export function kmsOperation<Input extends object, Output>(
  definition: KmsOperation<Input, Output>,
): Operation<Input, Output> {
  const { name, input, output, constraints, access, run } = definition;
  return {
    name,
    input,
    output,
    access(value, context) {
      requireConstraints(constraints, value);
      return access(value, context);
    },
    async run(value, context) {
      requireConstraints(constraints, value);
      try {
        return await run(value, context);
      } catch (error) {
        throw error instanceof AwsError ? error : kmsError.internal(error);
      }
    },
  };
}
