import * as sdk from '@aws-sdk/client-iam';
import type { Access } from '../../platform/aws/access.js';
import type { Operation, RequestContext } from '../../platform/aws/service.js';
import { checkInput } from './iam-constraints.js';

/** `CreateUserRequest$` and its siblings. */
const schemas = sdk as unknown as Readonly<Record<string, unknown>>;

/**
 * An operation of IAM with the model's schemas, its limits checked before anything is asked or done. Without a
 * response of its own in the model it answers nothing.
 */
export function iamOperation<Input extends object, Output = void>(
  name: string,
  access: Access<Input>,
  run: (input: Input, context: RequestContext) => Promise<Output>,
): Operation<Input, Output> {
  const checked = (input: Input): Input => {
    checkInput(name, input as Readonly<Record<string, unknown>>);
    return input;
  };
  return {
    name,
    input: schemas[`${name}Request$`],
    output: schemas[`${name}Response$`],
    access: (input, context) => access(checked(input), context),
    // eslint-disable-next-line @typescript-eslint/require-await -- a refusal of the input shall be a rejection
    run: async (input, context) => run(checked(input), context),
  };
}
