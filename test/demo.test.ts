import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HOST_LABEL } from '../src/platform/runtime/docker/container-config.js';
import { dockerRefusal, testEngine } from '../src/platform/runtime/docker/docker.fixture.js';
import { program, run } from './stack.fixture.js';

const refusal = await dockerRefusal();

it('the demo in Docker says what is missing where there is no daemon, and fails', async () => {
  const ran = await run(process.execPath, [program, 'demo', '--runtime', 'docker'], {
    env: { ...process.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
  });
  expect(ran).toEqual({
    status: 1,
    stdout: '',
    stderr:
      "gangway: the demo's containers cannot run: no Docker daemon answers at unix:///nowhere/docker.sock: " +
      'start it, or set DOCKER_HOST\n',
  });
});

describe.skipIf(refusal !== undefined)(`the demo in Docker${refusal ?? ''}`, { timeout: 120_000 }, () => {
  it('shows what is refused and what is had, and leaves nothing behind, however often it is interrupted', async () => {
    const child = spawn(process.execPath, [program, 'demo', '--runtime', 'docker', '--keep'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    onTestFinished(async () => {
      child.kill('SIGINT');
      await ended;
    });
    const kept = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (/--container read-only --data \S+ {2}/.test(stdout)) resolve();
      });
    });
    await Promise.race([kept, ended]);
    expect(stdout.match(/^ {2}-> \S+( \S+ \d+)?\./gm), stderr).toEqual([
      '  -> InvalidParameterException.',
      '  -> exit code 127.',
      '  -> exit code 0.',
      '  -> InvalidParameterException.',
      '  -> exit code 1.',
      '  -> exit code 127.',
      '  -> exit code 0.',
    ]);
    expect(stdout).toMatch(/ server\n.* sys\n {2}-> exit code 0\. allowed: the tools of another image/);
    expect(stderr.match(/^.*(fork\/exec|Read-only).*$/gm)).toEqual([
      'Unable to start command: Failed to start pty: fork/exec /bin/sh: no such file or directory',
      // In the words of busybox, or of the machine's own.
      expect.stringMatching(/^touch: .*\/file.*: Read-only file system$/),
      'Unable to start command: Failed to start pty: fork/exec /bin/sh: no such file or directory',
    ]);

    const directory = /read-only --data (\S+)/.exec(stdout)?.[1] ?? '';
    const label = `${HOST_LABEL}=${readFileSync(join(directory, 'docker-host-id'), 'utf8').trim()}`;
    const images = [...stdout.matchAll(/^image +(\S+)/gm)].map(([, name = '']) => name);
    const { docker } = await testEngine();
    const left = async () => [
      ...(await docker.listContainers({ all: true, filters: { label: [label] } })),
      ...(await docker.listNetworks({ filters: { label: [label] } })),
      ...(await docker.listVolumes({ filters: JSON.stringify({ label: [label] }) })).Volumes,
      ...(await docker.listImages({ filters: { reference: images } })),
    ];
    // Two containers, what holds their network, the network, two images; the toolbox goes when it has ended.
    await expect.poll(left, { timeout: 10_000 }).toHaveLength(6);
    // Ctrl-C comes from the terminal, and once more from npm.
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 200);
    expect(await ended).toBe(0);
    expect(await left()).toEqual([]);
    expect(existsSync(directory)).toBe(false);
  });

  it('leaves nothing behind when it is interrupted in the middle, and fails', async () => {
    const child = spawn(process.execPath, [program, 'demo', '--runtime', 'docker'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      const before = stdout;
      stdout += chunk.toString();
      // Its task is about to start.
      if (/^task definition/m.test(stdout) && !/^task definition/m.test(before)) child.kill('SIGTERM');
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(stderr).toContain('gangway: interrupted');
    const images = [...stdout.matchAll(/^image +(\S+)/gm)].map(([, name = '']) => name);
    expect(images).toHaveLength(2);
    const { docker } = await testEngine();
    // An image of which there is a container stays.
    expect(await docker.listImages({ filters: { reference: images } })).toEqual([]);
  });
});
