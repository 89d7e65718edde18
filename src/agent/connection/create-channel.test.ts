import { expect, test } from 'vitest';
import { ScriptedEndpoint, token } from '../fixtures/scripted-endpoint.fixture.js';
import { ChannelRefused, createChannel } from './create-channel.js';

test('201 and a TokenValue make a token, entities undone', async () => {
  const endpoint = new ScriptedEndpoint();
  endpoint.onPost = () => token('a&amp;b&lt;c&#x');
  const made = await createChannel(endpoint, 'createDataChannel', '/v1/data-channel/s', { ClientId: '' });
  expect(made.reveal()).toBe('a&b<c&#x');
  expect(String(made)).toBe('[redacted]');
  expect(endpoint.posts).toEqual([{ path: '/v1/data-channel/s', body: '{"ClientId":""}' }]);
});

test.each([
  [{ status: 200, body: token('x').body }, '<R>'],
  [{ status: 400, body: '<BadRequest xmlns=""><message>Unauthorized request.</message></BadRequest>' }, 'Unauthorized'],
  [{ status: 201, body: '{"TokenValue":"x"}' }, 'without TokenValue'],
  [{ status: 201, body: '<R><TokenValue></TokenValue></R>' }, 'without TokenValue'],
])('any other answer refuses and is quoted: %j', async (answer, quoted) => {
  const endpoint = new ScriptedEndpoint();
  endpoint.onPost = () => answer;
  const refused = createChannel(endpoint, 'createDataChannel', '/p', {});
  await expect(refused).rejects.toThrow(ChannelRefused);
  await expect(refused).rejects.toThrow('createDataChannel request failed: unexpected response from the service');
  await expect(refused).rejects.toThrow(quoted);
});
