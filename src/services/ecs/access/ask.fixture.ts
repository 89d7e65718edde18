import type { AccessQuestion } from '../../../platform/aws/access.js';
import { decodeJson } from '../../../platform/aws/model/decode-json.js';
import { context, type TestEcs } from '../ecs.fixture.js';

/** What an operation would ask the policies about this request. */
export async function questions(it: TestEcs, name: string, input: object = {}): Promise<readonly AccessQuestion[]> {
  const operation = it.ecs.service.operations.find((candidate) => candidate.name === name)!;
  const decoded = decodeJson(operation.input, input, (member) => it.ecs.service.missingMember(member));
  return operation.access!(decoded as never, context);
}
