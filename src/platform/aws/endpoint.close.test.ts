import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { longTerm, region } from './access-keys.fixture.js';
import { AwsClient } from './aws-client.js';
import { startEndpoint } from './endpoint.fixture.js';

test('close waits for what is being answered', async () => {
  let proceed: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (proceed = resolve));
  let reached: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (reached = resolve));
  const { endpoint, url } = await startEndpoint({
    authorization: {
      require: () => {
        reached();
        return held;
      },
    },
  });
  const client = new AwsClient({ endpoint: url, region, credentials: () => Promise.resolve(longTerm) });
  const answer = client.json('ecs', 'AmazonEC2ContainerServiceV20141113', 'ListTasks', {});
  await running;
  const closing = endpoint.close();
  proceed();
  expect(await answer).toEqual({ taskArns: ['arn:default'] });
  await closing;
});

test('close cuts what does not end by itself, within its time', async () => {
  const { endpoint, port } = await startEndpoint({ limits: { closeGraceMs: 50 } });
  const half = connect(port, '127.0.0.1');
  half.on('error', () => undefined);
  half.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n');
  const deaf = new WebSocket(`ws://127.0.0.1:${port}/v1/data-channel/s`);
  deaf.on('error', () => undefined);
  await once(deaf, 'open');
  deaf.pause();
  await endpoint.close();
  deaf.terminate();
  half.destroy();
});

test('a port that is taken rejects', async () => {
  const { endpoint, port } = await startEndpoint();
  await expect(endpoint.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
