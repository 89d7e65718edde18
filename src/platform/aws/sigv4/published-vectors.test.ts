import { describe, expect, test } from 'vitest';
import { Secret } from '../secret.js';
import { signRequest } from '../sign-request.js';
import { canonicalRequest, sha256Hex } from './canonical-request.js';
import { SigningKeys } from './signing-key.js';
import { wireHeaders } from './wire-request.js';

const secret = new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');

describe('the signing examples that AWS publishes', () => {
  const scope = { date: '20150830', region: 'us-east-1', service: 'service' };
  const post = { method: 'POST' };
  test.each<
    [name: string, signature: string, request: { method?: string; target?: string; headers?: string[]; body?: string }]
  >([
    ['get-vanilla', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31', {}],
    ['get-slash', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31', { target: '//' }],
    ['get-relative', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31', { target: '/example/..' }],
    [
      'get-vanilla-empty-query-key',
      'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
      { target: '/?Param1=value1' },
    ],
    [
      'get-vanilla-query-order-key-case',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
      { target: '/?Param2=value2&Param1=value1' },
    ],
    [
      'get-vanilla-query-unreserved',
      '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
      {
        target:
          '/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=' +
          '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      },
    ],
    ['get-utf8', '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85', { target: '/ሴ' }],
    ['get-space', '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741', { target: '/example space/' }],
    [
      'get-header-key-duplicate',
      'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
      { headers: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'] },
    ],
    [
      'get-header-value-trim',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
      { headers: ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"'] },
    ],
    ['post-vanilla', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b', post],
    [
      'post-header-key-sort',
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
      { ...post, headers: ['My-Header1', 'value1'] },
    ],
    [
      'post-x-www-form-urlencoded',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
      { ...post, headers: ['Content-Type', 'application/x-www-form-urlencoded'], body: 'Param1=value1' },
    ],
  ])('%s', (_, signature, { method = 'GET', target = '/', headers = [], body = '' }) => {
    const all = wireHeaders(['Host', 'example.amazonaws.com', 'X-Amz-Date', '20150830T123600Z', ...headers]);
    const [path = '', query = ''] = target.split('?');
    const text = canonicalRequest(
      { method, path, query, headers: all },
      [...all.keys()].sort(),
      sha256Hex(body),
      'double',
    );
    expect(new SigningKeys().sign(secret, scope, '20150830T123600Z', text)).toBe(signature);
  });

  test('IAM ListUsers', () => {
    const headers = signRequest({
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      service: 'iam',
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret },
      time: Date.UTC(2015, 7, 30, 12, 36),
    });
    expect(headers['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-date, ' +
        'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });
});

describe('the message gateway requests of the official agent (wire-protocol A.5)', () => {
  const target = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-2531612879';
  const signer = {
    service: 'ssmmessages',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret, sessionToken: new Secret('SESSIONTOKEN') },
    time: Date.UTC(2024, 0, 2, 3, 4, 5),
  };

  test('GET upgrade: the colon is escaped in the canonical path, not on the wire (T31)', () => {
    const headers = signRequest({
      ...signer,
      method: 'GET',
      url: `wss://ssmmessages.us-east-1.amazonaws.com/v1/control-channel/${target}?role=subscribe&stream=input`,
    });
    expect(headers['authorization']).toMatch(
      /SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=ae25b03e373e343ffb1e86725263bee8cf171410bd53a73e5d6cea584d8fef38$/,
    );
  });

  test('POST create', () => {
    const headers = signRequest({
      ...signer,
      method: 'POST',
      url: `https://ssmmessages.us-east-1.amazonaws.com/v1/control-channel/${target}`,
      headers: { 'Content-Type': 'application/json' },
      body: '{"MessageSchemaVersion":"1.0","RequestId":"84aef0ab-d4bd-4cc8-8538-bedbf04394b4"}',
    });
    expect(headers['authorization']).toMatch(
      /SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=28256b409471c5cfb6f50e5e87d460699c071026f3f8c11609a7915610aed47d$/,
    );
  });
});
