import {
  DescribeSessionsCommand,
  GetConnectionStatusCommand,
  ResumeSessionCommand,
  SSMClient,
  StartSessionCommand,
  TerminateSessionCommand,
} from '@aws-sdk/client-ssm';
import { expect, it, onTestFinished } from 'vitest';
import { AwsClient } from '../../platform/aws/aws-client.js';
import { createDial } from '../../platform/aws/dial-web-socket.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { Secret } from '../../platform/aws/secret.js';
import { signRequest } from '../../platform/aws/sign-request.js';
import { RecordingAuthorization } from '../recording-authorization.fixture.js';
import { AGENT, SessionHarness, TARGET, USER, context } from './session-harness.fixture.js';

const region = 'us-east-1';
const FOREIGN = AGENT.replace(/[^/]*$/, 'f'.repeat(32));
const callers: Readonly<Record<string, string>> = { AKIDALICE: USER, ASIAAGENT: AGENT, ASIAFOREIGN: FOREIGN };

/** A real endpoint whose policies refuse these actions. */
async function connected(...refused: string[]) {
  const authorization = new RecordingAuthorization(...refused);
  const harness = new SessionHarness({ authorization });
  const endpoint = new Endpoint({
    services: [harness.services.service],
    routes: harness.services.routes,
    upgrades: harness.services.upgrades,
    accessKeys: {
      find: (id) => Promise.resolve({ secret: new Secret('secret'), caller: context(callers[id]).caller }),
    },
    authorization,
    region,
    clock: () => Date.now(),
    log: () => undefined,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const keyOf = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'secret' });
  const client = new SSMClient({ endpoint: url, region, maxAttempts: 1, credentials: keyOf('AKIDALICE') });
  onTestFinished(async () => {
    client.destroy();
    await endpoint.close();
  });
  return {
    harness,
    client,
    authorization,
    post: async (accessKeyId: string, path: string) => {
      const credentials = { accessKeyId, secretAccessKey: new Secret('secret') };
      const agent = new AwsClient({ endpoint: url, region, credentials: () => Promise.resolve(credentials) });
      const answer = await agent.rest('ssmmessages', { method: 'POST', path, body: '{"MessageSchemaVersion":"1.0"}' });
      agent.close();
      return answer;
    },
    dial: async (accessKeyId: string, path: string) => {
      const address = url.replace('http', 'ws') + path;
      const credentials = { accessKeyId, secretAccessKey: new Secret('secret') };
      const signing = { method: 'GET', url: address, service: 'ssmmessages', region, credentials, time: Date.now() };
      return createDial()(address, signRequest(signing));
    },
  };
}

it('the SDK reads AWS’s words for each operation, whether the thing exists or not', async () => {
  const actions = ['StartSession', 'ResumeSession', 'TerminateSession', 'DescribeSessions', 'GetConnectionStatus'];
  const { harness, client } = await connected(...actions.map((action) => `ssm:${action}`));
  await harness.controlChannel();
  const { sessionId } = await harness.start({ owner: 'arn:aws:iam::111122223333:user/bob' });
  const said = async (target: string, session: string): Promise<string[]> => {
    const errors = await Promise.all(
      [
        client.send(new StartSessionCommand({ Target: target })),
        client.send(new ResumeSessionCommand({ SessionId: session })),
        client.send(new TerminateSessionCommand({ SessionId: session })),
        client.send(new DescribeSessionsCommand({ State: 'Active' })),
        client.send(new GetConnectionStatusCommand({ Target: target })),
      ].map((call: Promise<unknown>) =>
        call.then(
          () => expect.unreachable(),
          (error: unknown) => error as Error,
        ),
      ),
    );
    expect(errors.map(({ name }) => name)).toEqual(errors.map(() => 'AccessDeniedException'));
    return errors.map(({ message }) => message.replace(session, 'ID').replace('/none/', '/demo/'));
  };
  const there = await said(TARGET, sessionId);
  expect(there[0]).toBe(
    `User: ${USER} is not authorized to perform: ssm:StartSession on resource: arn:aws:ecs:${region}:111122223333:task/demo/0123456789abcdef0123456789abcdef because no identity-based policy allows the ssm:StartSession action`,
  );
  expect(there[3]).toBe(
    `User: ${USER} is not authorized to perform: ssm:DescribeSessions because no identity-based policy allows the ssm:DescribeSessions action`,
  );
  expect(await said(TARGET.replace('demo', 'none'), 'bob-0123456789abcdef0')).toEqual(there);
});

it('an agent reads 403 and <AccessDeniedException>, from the request as from the upgrade', async () => {
  const { post, dial, authorization } = await connected('ssmmessages:CreateControlChannel');
  const path = `/v1/control-channel/${TARGET}`;
  const refused = (arn: string, action: string): string =>
    `<AccessDeniedException><Message>User: ${arn} is not authorized to perform: ssmmessages:${action} because no identity-based policy allows the ssmmessages:${action} action</Message></AccessDeniedException>`;
  expect(await post('ASIAAGENT', path)).toMatchObject({ status: 403, body: refused(AGENT, 'CreateControlChannel') });

  authorization.refused.clear();
  expect((await post('ASIAAGENT', path)).status).toBe(201);
  expect(await post('ASIAFOREIGN', path)).toMatchObject({
    status: 403,
    body: refused(FOREIGN, 'CreateControlChannel'),
  });
  await expect(dial('ASIAFOREIGN', path)).rejects.toMatchObject({
    status: 403,
    body: refused(FOREIGN, 'OpenControlChannel'),
  });

  authorization.refused.add('ssmmessages:OpenControlChannel');
  await expect(dial('ASIAAGENT', path)).rejects.toMatchObject({
    status: 403,
    body: refused(AGENT, 'OpenControlChannel'),
  });
});
