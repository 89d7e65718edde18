import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { onTestFinished } from 'vitest';
import { HEADER, output, recording, recordedEvents } from '../../core/recording/recording.fixture.js';
import type { RecordingHeader } from '../../core/recording/recording-format.js';
import {
  type PartAnswer,
  RECORDINGS_PATH,
  type SigningKey,
  type Statement,
  type StatementContent,
} from '../../core/recording/recordings-api.js';
import { AwsClient } from '../../platform/aws/aws-client.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { Secret } from '../../platform/aws/secret.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { transcriptLines } from '../../platform/terminal/transcript-lines.js';
import { createAuthorization } from '../authorization/authorization.js';
import { FakeRoles } from '../ecs/fake-roles.fixture.js';
import { createIamDirectory, iamMigrations } from '../iam/iam-directory.js';
import { createRecordings, recordingMigrations, type RecordingServicesOptions } from './create-recordings.js';
import type { RecordedSession } from '../session-ports.js';
import type { RecordingStep } from './recording-audit.js';

export { HEADER, output, recording, recordedEvents };

export const SESSION_ID = HEADER.sessionId;
export const TASK_ROLE = 'arn:aws:iam::123456789012:role/task-role';
export const SESSION: RecordedSession = {
  ...{ sessionId: SESSION_ID, target: HEADER.target, owner: HEADER.owner },
  ...{ taskArn: HEADER.taskArn, containerName: HEADER.containerName, taskRoleArn: TASK_ROLE },
  logging: { s3BucketName: 'audit', cloudWatchLogGroupName: '/exec/audit' },
};

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** A session of another id, and the header that its record has. */
export function another(suffix: string, changes: Partial<RecordingHeader & RecordedSession> = {}) {
  const sessionId = `ecs-execute-command-${suffix.padStart(26, '0')}`;
  const session: RecordedSession = { ...SESSION, ...changes, sessionId };
  const { target, owner, taskArn, containerName } = session;
  const startedAt = changes.startedAt ?? HEADER.startedAt;
  const header: RecordingHeader = { ...HEADER, sessionId, target, owner, taskArn, containerName, startedAt };
  return { sessionId, session, header };
}

export const digestOf = (record: Uint8Array): string => Buffer.from(record.subarray(-32)).toString('hex');

/** One user's view of the API, with requests as the SDK signs them. */
export class RecordingsClient {
  readonly #client: AwsClient;

  constructor(endpoint: string, accessKeyId: string, secretAccessKey: string) {
    const credentials = { accessKeyId, secretAccessKey: new Secret(secretAccessKey) };
    const options = { endpoint, region: 'us-east-1', attempts: 1, timeoutMs: 40_000 };
    this.#client = new AwsClient({ ...options, credentials: () => Promise.resolve(credentials) });
  }

  async send(method: string, path: string, body?: Uint8Array | object, signal?: AbortSignal): Promise<Answer> {
    const sent = body === undefined ? '' : body instanceof Uint8Array ? body : JSON.stringify(body);
    const request = { method, path: `${RECORDINGS_PATH}${path}`, body: sent };
    const answer = await this.#client.rest('gangway', request, signal && { signal });
    const isJson = String(answer.headers['content-type']).includes('json');
    const { status, headers, bytes } = answer;
    return { status, headers, bytes, body: isJson ? JSON.parse(answer.body) : answer.body };
  }

  async put(sessionId: string, offset: number, bytes: Uint8Array): Promise<Answer> {
    return this.send('PUT', `/${sessionId}?offset=${offset}`, bytes);
  }

  /** In parts; the record's last answer. */
  async putAll(sessionId: string, record: Uint8Array, size = 64 * 1024): Promise<PartAnswer> {
    let length = 0;
    let answer: Answer | undefined;
    while (length < record.length) {
      answer = await this.put(sessionId, length, record.subarray(length, length + size));
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      length = answer.body.length;
    }
    return answer?.body;
  }

  async end(sessionId: string, record: Uint8Array): Promise<Answer> {
    return this.send('POST', `/${sessionId}/end`, { length: record.length, digest: digestOf(record) });
  }

  async whole(sessionId: string, record: Uint8Array): Promise<Statement> {
    await this.putAll(sessionId, record);
    const { status, body } = await this.end(sessionId, record);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  async read(sessionId: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let offset = 0; ;) {
      const { status, bytes, headers, body } = await this.send('GET', `/${sessionId}/data?offset=${offset}`);
      if (status !== 200) throw new Error(JSON.stringify(body));
      parts.push(bytes);
      offset += bytes.length;
      if (headers['x-gangway-ended'] === 'true' || bytes.length === 0) return Buffer.concat(parts);
    }
  }
}

/** IAM, the door and the records as they are in the whole. `restart` is what is left after `kill -9`. */
export async function openRecordings(changes: Partial<RecordingServicesOptions> = {}) {
  const path = temporaryDirectory();
  const directory = join(path, 'recordings');
  const database = openSqlite(join(path, 'state.db'), [...iamMigrations, ...recordingMigrations]);
  const accountId = '123456789012';
  const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));
  const time = { ahead: 0 };
  const clock = (): number => Date.now() + time.ahead;
  const random = (length: number): Uint8Array => randomBytes(length);
  const iam = createIamDirectory({ database, accountId, partition: 'aws', clock, random, sealer });
  const { user } = await iam.bootstrap();
  const hostKey = await iam.hostKey();
  const sessions = new Map<string, RecordedSession>([[SESSION_ID, SESSION]]);
  const steps: RecordingStep[] = [];
  const warnings: [object, string][] = [];
  const roles = new FakeRoles(clock);
  const authorization = createAuthorization({ principals: iam.principals, clock });
  const timers = new Set<() => void>();

  async function begin() {
    const services = createRecordings({
      ...{ database, sealer, directory, region: 'us-east-1', clock, authorization, roles },
      after: (_, work) => {
        timers.add(work);
        return { cancel: () => timers.delete(work) };
      },
      log: { warn: (fields, message) => warnings.push([fields, message]) },
      findSession: (sessionId) => Promise.resolve(sessions.get(sessionId)),
      steps: (step) => Promise.resolve(void steps.push(step)),
      makeLines: transcriptLines,
      ...changes,
    });
    await services.start();
    const endpoint = new Endpoint({
      ...{ services: [iam.service], routes: services.routes, upgrades: [], accessKeys: iam.accessKeys },
      ...{ region: 'us-east-1', clock, authorization, log: () => undefined },
    });
    const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    return { services, endpoint, url };
  }

  let running = await begin();
  const secret = (key: { accessKeyId: string; secret: Secret }): RecordingsClient =>
    new RecordingsClient(running.url, key.accessKeyId, key.secret.reveal());

  onTestFinished(async () => {
    await running.endpoint.close();
    await running.services.stop();
    await iam.close();
    await database.close();
  });

  return {
    ...{ database, directory, sessions, steps, warnings, roles, time, clock, iam, sealer },
    get services() {
      return running.services;
    },
    get admin() {
      return secret({ accessKeyId: user.accessKeyId, secret: user.secret });
    },
    get host() {
      return secret(hostKey);
    },
    /** A user who may what the policy says. */
    user: async (name: string, ...statements: object[]): Promise<RecordingsClient> => {
      const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };
      const client = new IAMClient({ endpoint: running.url, region: 'us-east-1', credentials });
      await client.send(new CreateUserCommand({ UserName: name }));
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      if (statements.length > 0) {
        await client.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'own', PolicyDocument }));
      }
      const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName: name }));
      return new RecordingsClient(running.url, AccessKey!.AccessKeyId!, AccessKey!.SecretAccessKey!);
    },
    /** All that was in memory is gone. */
    async restart(): Promise<void> {
      await running.endpoint.close();
      timers.clear();
      running = await begin();
    },
    /** The chores that are due every few seconds. */
    async tick(): Promise<void> {
      for (const work of [...timers]) {
        timers.delete(work);
        work();
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
    /** Record and transcript, whole, by the session. */
    file: (sessionId: string, kind = 'record') => join(directory, `${sessionId}.${kind}`),
    isThere: (sessionId: string, kind = 'record') => existsSync(join(directory, `${sessionId}.${kind}`)),
  };
}

export function contentOf({ signed }: Statement): StatementContent {
  return JSON.parse(signed) as StatementContent;
}

/** Whether the endpoint's key has signed it. */
export function isSignedBy({ publicKey }: SigningKey, { signed, signature }: Statement): boolean {
  return verify(null, Buffer.from(signed), createPublicKey(publicKey), Buffer.from(signature, 'base64'));
}
