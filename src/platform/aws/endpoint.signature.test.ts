import { describe, expect, test } from 'vitest';
import { longTerm, temporary } from './access-keys.fixture.js';
import { startEndpoint } from './endpoint.fixture.js';
import { rawRequest, sendRaw } from './raw-http.fixture.js';
import { Secret } from './secret.js';
import { json, query } from './signed-call.fixture.js';
import type { Changes } from './signed-call.fixture.js';

describe('signature problems, as each protocol words them', () => {
  const expired = { time: Date.now() - 16 * 60_000 };
  const unknownKey = { credentials: { ...longTerm, accessKeyId: 'AKIDNONE' } };
  const wrongToken = { credentials: { ...temporary, sessionToken: new Secret('x') } };
  const wrongSecret = { credentials: { ...longTerm, secretAccessKey: new Secret('x') } };
  const invalid = 'The security token included in the request is invalid.';
  const differs =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
    'signing method. Consult the service documentation for details.';

  test.each<[string, Changes, string, string | RegExp]>([
    [
      'expired',
      expired,
      'InvalidSignatureException',
      /^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 15 min\.\)$/,
    ],
    ['unknown key', unknownKey, 'UnrecognizedClientException', invalid],
    ['wrong token', wrongToken, 'UnrecognizedClientException', invalid],
    ['wrong secret', wrongSecret, 'InvalidSignatureException', differs],
    ['replayed with another body', { sentBody: '{"cluster":"other"}' }, 'InvalidSignatureException', differs],
    [
      'another target',
      { sentHeaders: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ExecuteCommand' } },
      'InvalidSignatureException',
      differs,
    ],
    [
      'another region',
      { region: 'us-east-1' },
      'InvalidSignatureException',
      'Credential should be scoped to a valid region.',
    ],
    [
      'unheard-of service',
      { service: 'nonsense' },
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'ecs'.",
    ],
    [
      'malformed Authorization',
      { sentHeaders: { authorization: 'x' } },
      'IncompleteSignatureException',
      /^Authorization header requires 'Credential' parameter\..*Authorization=x$/,
    ],
  ])('JSON, %s', async (_, changes, code, message) => {
    const { port, calls } = await startEndpoint();
    const answer = await json(port, 'ListTasks', '{}', changes);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      __type: code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(calls.inputs).toEqual([]);
    expect(calls.events).toHaveLength(1);
  });

  test.each<[string, Changes, number, string, string]>([
    ['expired', expired, 403, 'SignatureDoesNotMatch', 'Signature expired: '],
    ['unknown key', unknownKey, 403, 'InvalidClientTokenId', invalid],
    ['wrong token', wrongToken, 403, 'InvalidClientTokenId', invalid],
    ['wrong secret', wrongSecret, 403, 'SignatureDoesNotMatch', differs],
    [
      'replayed with another body',
      { sentBody: 'Action=AssumeRole&Version=2011-06-15' },
      403,
      'SignatureDoesNotMatch',
      differs,
    ],
    [
      'malformed Authorization',
      { sentHeaders: { authorization: 'x' } },
      400,
      'IncompleteSignature',
      'requires &apos;Credential',
    ],
  ])('query, %s', async (_, changes, status, code, message) => {
    const { port } = await startEndpoint();
    const answer = await query(port, 'Action=GetCallerIdentity&Version=2011-06-15', changes);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
    expect(answer.body.replaceAll("'", '&apos;')).toContain(message);
  });

  test('unsigned', async () => {
    const { port } = await startEndpoint();
    const host = { host: `127.0.0.1:${port}` };
    const target = { ...host, 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' };
    const form = { ...host, 'content-type': 'application/x-www-form-urlencoded' };
    const asJson = await sendRaw(port, ...rawRequest('POST /', target, '{}'));
    expect(asJson.status).toBe(400);
    expect(JSON.parse(asJson.body)).toEqual({
      __type: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    });
    const asQuery = await sendRaw(port, ...rawRequest('POST /', form, 'Action=GetCallerIdentity'));
    expect(asQuery.status).toBe(403);
    expect(asQuery.body).toContain(
      '<Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message>',
    );
    const asNothing = await sendRaw(port, ...rawRequest('PUT /anything?x', host, 'abc'));
    expect(JSON.parse(asNothing.body)).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });
});
