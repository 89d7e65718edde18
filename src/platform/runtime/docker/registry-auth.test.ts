import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { registryAuth, registryOf } from './registry-auth.js';

test.each([
  ['nginx', undefined],
  ['library/nginx:1', undefined],
  ['localhost/x', 'localhost'],
  ['127.0.0.1:5000/x@sha256:0', '127.0.0.1:5000'],
  ['public.ecr.aws/docker/library/busybox', 'public.ecr.aws'],
])('the registry of %s is %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});

test("the credentials are the image's registry's and no other's, and are not printed", () => {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-docker-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  expect(registryAuth('nginx', directory)).toBeUndefined();
  const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
  const auths = { 'https://index.docker.io/v1/': auth('me:hub:word'), 'registry.example': auth('me:other') };
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ auths }));
  expect(registryAuth('nginx', directory)?.reveal()).toBe('me:hub:word');
  expect(registryAuth('registry.example/x:1', directory)?.reveal()).toBe('me:other');
  expect(registryAuth('elsewhere.example/x', directory)).toBeUndefined();
  expect(JSON.stringify(registryAuth('nginx', directory))).toBe('"[redacted]"');
  writeFileSync(join(directory, 'config.json'), '{');
  expect(registryAuth('nginx', directory)).toBeUndefined();
});
