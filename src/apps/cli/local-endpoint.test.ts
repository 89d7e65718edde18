import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  credentialsFile,
  readCredentials,
  readLocalEndpoint,
  removeLocalEndpoint,
  writeCredentials,
  writeLocalEndpoint,
} from './local-endpoint.js';

describe('what a running endpoint leaves for other commands', () => {
  let directory = '';
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'gangway-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is found while its process lives', () => {
    const endpoint = { url: 'http://127.0.0.1:1', region: 'us-east-1', pid: process.pid };
    writeLocalEndpoint(directory, endpoint);
    expect(readLocalEndpoint(directory)).toEqual(endpoint);
    removeLocalEndpoint(directory);
    expect(readLocalEndpoint(directory)).toBeUndefined();
  });

  it('is not believed after a kill -9', () => {
    // Larger than any pid the kernel gives out.
    writeLocalEndpoint(directory, { url: 'http://127.0.0.1:1', region: 'us-east-1', pid: 2 ** 22 + 1 });
    expect(readLocalEndpoint(directory)).toBeUndefined();
  });

  it('keeps the key readable by its owner only, in the file format of the AWS programs', () => {
    const key = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a/b+c=' };
    writeCredentials(directory, key);
    expect(readCredentials(directory)).toEqual(key);
    expect(statSync(credentialsFile(directory)).mode & 0o777).toBe(0o600);
  });
});
