import { writeSync } from 'node:fs';
import { sha256 } from '../../platform/crypto/sha256.js';
import { nodeClock } from '../node-clock.js';
import type { Recorder } from '../recorder.js';
import { createRecorders, type RecordSync } from './recorders.js';
import { nodeSpoolFiles, type SpoolFiles } from './spool-files.js';

/*
 * A process of its own that records a session, "sends" each piece by printing it once record() allows it, and kills
 * itself at one of its operations on the file system:
 *
 *   node dying-recorder.fixture.js DIRECTORY os|always OPERATION before|middle|after
 *
 * Without an operation it prints on stderr which there were, a word each.
 */
const [directory = '', sync = 'os', operation = '', moment = ''] = process.argv.slice(2);
const PIECES = ['one\r\n', 'zwei\r\n', 'a longer piece of output, of the kind that a command writes\r\n', '4', '5'];

const done: string[] = [];

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** An operation, at which the process may have to die. */
function at<T>(name: string, run: () => T, half?: () => void): T {
  if (done.push(name) !== Number(operation)) return run();
  if (moment === 'before') die();
  if (moment === 'middle') half?.();
  else run();
  die();
}

const files: SpoolFiles = {
  ...nodeSpoolFiles,
  create: (path) => at('create', () => nodeSpoolFiles.create(path)),
  write: (file, bytes, position) =>
    at(
      'write',
      () => nodeSpoolFiles.write(file, bytes, position),
      () => nodeSpoolFiles.write(file, bytes.subarray(0, bytes.length >> 1), position),
    ),
  sync: (file) => at('sync', () => nodeSpoolFiles.sync(file)),
  syncDirectory: (path) => at('syncDirectory', () => nodeSpoolFiles.syncDirectory(path)),
  remove: (path) => at('remove', () => nodeSpoolFiles.remove(path)),
};

const recorders = createRecorders({
  directory,
  sync: sync as RecordSync,
  files,
  sha256,
  clock: nodeClock,
  uptime: () => performance.now(),
  random: Math.random,
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  endpoint: {
    put: (_id, offset, bytes) => Promise.resolve({ length: offset + bytes.length, watched: false }),
    end: () => Promise.resolve({ signed: '', signature: '', keyId: '' }),
  },
  deliverer: {
    check: () => Promise.resolve(),
    // Nothing of it is kept: what is left in the directory is to be the whole truth.
    deliver: (_recording, _role, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  },
});

async function send(recorder: Recorder, piece: string): Promise<void> {
  await recorder.record('output', Buffer.from(piece));
  writeSync(1, piece);
}

await recorders.start();
const recorder = await recorders.open({
  header: {
    sessionId: 'session',
    target: 'ecs:demo_t_r',
    taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/demo/t',
    containerName: 'app',
    owner: 'arn:aws:iam::123456789012:user/admin',
    sourceIp: '127.0.0.1',
    command: '/bin/sh',
    startedAt: Date.now(),
    terminal: { columns: 80, rows: 24, term: 'xterm' },
  },
  inputs: {
    s3BucketName: 'records',
    s3KeyPrefix: '',
    s3EncryptionEnabled: false,
    cloudWatchLogGroupName: '',
    cloudWatchStreamingEnabled: false,
    cloudWatchEncryptionEnabled: false,
    kmsKeyId: '',
  },
  settings: { record: 'required', input: false, live: false, sourceIp: '127.0.0.1' },
});
if (recorder === undefined) throw new Error('not recorded');
for (const piece of PIECES) await send(recorder, piece);
await recorder.close({ exitCode: 0, reason: '' });
await recorders.stop(0);
writeSync(2, done.join(' '));
process.exit(0);
