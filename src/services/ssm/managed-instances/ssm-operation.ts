import type { Access } from '../../../platform/aws/access.js';
import { AwsError } from '../../../platform/aws/aws-error.js';
import type { Operation, RequestContext } from '../../../platform/aws/service.js';
import { type Constraints, violations } from '../../constraints.js';
import { ssmError } from '../ssm-error.js';

export interface SsmOperation<Input, Output> {
  readonly name: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly constraints: Constraints;
  readonly auth?: 'none' | 'instance';
  readonly access: Access<Input>;
  readonly run: (input: Input, context: RequestContext) => Promise<Output>;
}

/**
 * One row of the table. The request is checked before the policies are asked: they can only be asked about names that
 * can be names. What is not an AWS error becomes one here, with its cause for the operator.
 */
export function ssmOperation<Input extends object, Output>(
  definition: SsmOperation<Input, Output>,
): Operation<Input, Output> {
  const { name, input, output, auth, constraints, access, run } = definition;
  const requireConstraints = (value: Input): void => {
    const found = violations(constraints, value);
    if (found !== undefined) throw new AwsError('ValidationException', found);
  };
  return {
    name,
    input,
    output,
    ...(auth && { auth }),
    access(value, context) {
      requireConstraints(value);
      return access(value, context);
    },
    async run(value, context) {
      requireConstraints(value);
      try {
        return await run(value, context);
      } catch (error) {
        throw error instanceof AwsError ? error : ssmError.internal(error);
      }
    },
  };
}
