import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { environmentLines } from './env.js';

const endpoint = { url: 'http://127.0.0.1:4580', region: 'eu-west-1', pid: 1 };
const key = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: "s/e+c'r et" };

/** What a shell has after evaluating the lines. */
function evaluated(before: Record<string, string>, local = endpoint): Record<string, string> {
  const script = `${environmentLines(local, key, before).join('\n')}\nenv -0`;
  const out = execFileSync('/bin/sh', ['-c', script], { env: { PATH: '/usr/bin:/bin', ...before }, encoding: 'utf8' });
  return Object.fromEntries(
    out
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

describe('the environment of a shell', () => {
  it('points AWS clients at the endpoint, whatever the characters of the key', () => {
    expect(evaluated({})).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4580',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: "s/e+c'r et",
    });
  });

  it('loses what would lead elsewhere', () => {
    const after = evaluated({
      AWS_PROFILE: 'work',
      AWS_SESSION_TOKEN: 'x',
      AWS_ENDPOINT_URL_ECS: 'https://elsewhere',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.2',
      AWS_CA_BUNDLE: '/none',
    });
    for (const name of [
      'AWS_PROFILE',
      'AWS_SESSION_TOKEN',
      'AWS_ENDPOINT_URL_ECS',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    ]) {
      expect(after[name], name).toBeUndefined();
    }
    expect(after['AWS_CA_BUNDLE']).toBeUndefined();
  });

  it('trusts the endpoint’s own certificate', () => {
    expect(evaluated({}, { ...endpoint, caFile: '/data/cert.pem' } as typeof endpoint)).toMatchObject({
      AWS_CA_BUNDLE: '/data/cert.pem',
      NODE_EXTRA_CA_CERTS: '/data/cert.pem',
    });
  });

  it('keeps a proxy away from the loopback', () => {
    expect(evaluated({})['NO_PROXY']).toBeUndefined();
    expect(evaluated({ https_proxy: 'http://proxy', NO_PROXY: 'a,b' })['NO_PROXY']).toBe('a,b,127.0.0.1');
    expect(evaluated({ HTTP_PROXY: 'http://proxy', NO_PROXY: '127.0.0.1' })['NO_PROXY']).toBe('127.0.0.1');
  });
});

describe('the way of the official plugin to KMS', () => {
  const kmsProxy = { url: 'http://127.0.0.1:4590', caFile: '/data/kms-ca.pem' };
  const lines = (local: object, before: Record<string, string> = {}) =>
    environmentLines({ ...endpoint, ...local }, key, before, { pluginKms: true });

  it('sends HTTPS through the proxy, and never what is local', () => {
    expect(lines({ kmsProxy }, { NO_PROXY: 'corp.example' })).toEqual(
      expect.arrayContaining([
        'export HTTPS_PROXY=http://127.0.0.1:4590',
        'export AWS_CA_BUNDLE=/data/kms-ca.pem',
        'export NO_PROXY=corp.example,127.0.0.1,localhost,::1,169.254.170.2,169.254.169.254',
      ]),
    );
  });

  it('says that the endpoint runs without the proxy', () => {
    expect(() => lines({})).toThrow('--kms-proxy');
  });
});
