import { expect, test } from 'vitest';
import type { RequestContext } from '../../platform/aws/service.js';
import { createStsService } from './sts-service.js';

test('GetCallerIdentity tells a caller who they are', async () => {
  const service = createStsService();
  const [operation] = service.operations;
  const arn = 'arn:aws:sts::111122223333:assumed-role/dev/ann';
  const caller = {
    accountId: '111122223333',
    arn,
    userId: 'AROAEXAMPLE:ann',
    accessKeyId: 'ASIA',
    type: 'assumed-role',
  };
  const output = await operation!.run({} as never, { caller } as RequestContext);
  expect(output).toEqual({ UserId: 'AROAEXAMPLE:ann', Account: '111122223333', Arn: arn });
});

test('a missing parameter is named', () => {
  expect(createStsService().missingMember('RoleArn')).toMatchObject({
    code: 'MissingParameter',
    message: 'The request must contain the parameter RoleArn.',
  });
});
