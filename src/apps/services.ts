import { randomBytes, randomUUID } from 'node:crypto';
import type { AccessQuestion } from '../platform/aws/access.js';
import type { EndpointOptions } from '../platform/aws/endpoint/endpoint-options.js';
import type { Sealer } from '../platform/crypto/sealer.js';
import { TranscriptThread } from '../platform/terminal/transcript-thread.js';
import type { Database, Migration } from '../platform/store/database.js';
import { createAuthorization } from '../services/authorization/authorization.js';
import { createLivePermissions } from '../services/authorization/live-permissions.js';
import { cloudTrailMigrations, createCloudTrail } from '../services/cloudtrail/cloudtrail-service.js';
import { sessionStep } from '../services/cloudtrail/session-record.js';
import { createRecordings, recordingMigrations } from '../services/recordings/create-recordings.js';
import { createEc2Service } from '../services/ec2/ec2-service.js';
import { createEcsService, ecsMigrations } from '../services/ecs/ecs-service.js';
import { createIamDirectory, type IamDirectory, iamMigrations } from '../services/iam/iam-directory.js';
import { createKmsService, kmsMigrations } from '../services/kms/kms-service.js';
import { createLogsService, logsMigrations } from '../services/logs/logs-service.js';
import type { RecordDefaults } from '../services/ecs/recording-settings.js';
import { createS3Service, s3Migrations } from '../services/s3/s3-service.js';
import type { LimitsOption } from '../services/limits.js';
import type { VpcConfiguration } from '../services/network.js';
import type { LiveSession } from '../services/session-ports.js';
import { EXECUTE_COMMAND_DOCUMENT } from '../services/ecs/execute-command.js';
import { sessionConditions } from '../services/session-conditions.js';
import { createSessionServices } from '../services/ssm/create-session-services.js';
import { createManagedInstances } from '../services/ssm/managed-instances/managed-instances.js';
import { nodeSessionEnvironment } from '../services/ssm/node-session-environment.js';
import { ssmMigrations } from '../services/ssm/ssm-migrations.js';
import { createSimulation } from '../services/simulation/simulation.js';
import { createServiceRoles } from '../services/sts/service-roles.js';
import { stsMigrations } from '../services/sts/sts-migrations.js';
import { createStsService } from '../services/sts/sts-service.js';
import { eitherAccessKeys, StsSessions } from '../services/sts/sts-sessions.js';

export const PARTITION = 'aws';

/** Of every service, in the order they are applied. */
export const migrations: readonly Migration[] = [
  ...iamMigrations,
  ...ssmMigrations,
  ...ecsMigrations,
  ...kmsMigrations,
  ...stsMigrations,
  ...cloudTrailMigrations,
  ...logsMigrations,
  ...recordingMigrations,
  ...s3Migrations,
];

interface ServicesLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServicesOptions {
  /** With {@link migrations} applied. */
  readonly database: Database;
  readonly sealer: Sealer;
  /** Where the contents of S3's objects are kept. */
  readonly objectDirectory: string;
  readonly accountId: string;
  readonly region: string;
  readonly limits: LimitsOption;
  /** Services that the VPC is said to have interface endpoints for, as `ssmmessages`; default: none. */
  readonly vpcEndpoints?: readonly string[] | undefined;
  /** The VPC's subnets and security groups; default: three subnets, and any id is taken. */
  readonly vpc?: VpcConfiguration | undefined;
  /** Sessions are encrypted with keys of another KMS: those of clusters are not looked for in this one. */
  readonly foreignKeys: boolean;
  /** What becomes of a live session whose owner loses the permission; AWS keeps it. */
  readonly liveSessions: 'keep' | 'end';
  /** Where records of sessions are kept, sealed; made at need. Absent: hosts cannot bring any. */
  readonly recordingsDirectory?: string;
  /** Records that ended longer ago are deleted, but for what was signed of them; default: none is. */
  readonly recordingRetentionDays?: number;
  /** How sessions are recorded of clusters whose tags do not say it; default: required, neither input nor live. */
  readonly recordDefaults?: Partial<RecordDefaults>;
  /** By part, for example `ecs`. */
  readonly log: (part: string) => ServicesLog;
}

/** The services behind one endpoint, joined. */
export interface Services {
  /** What the endpoint is made of, but for where it listens. */
  readonly endpoint: Omit<EndpointOptions, 'log'>;
  readonly iam: IamDirectory;
  /** Before the endpoint listens. */
  start(): Promise<void>;
  /** After it has closed; the database is still needed. */
  stop(): Promise<void>;
}

const clock = (): number => Date.now();
const random = (length: number): Uint8Array => randomBytes(length);
const after = (milliseconds: number, work: () => void): { cancel(): void } =>
  nodeSessionEnvironment.after(milliseconds, work);

/** Users, roles and keys of an account. */
export function createIam({ database, sealer, accountId }: Pick<ServicesOptions, 'database' | 'sealer' | 'accountId'>) {
  return createIamDirectory({ database, accountId, partition: PARTITION, clock, random, sealer });
}

/** Every service, and the door that all of them stand behind. */
export function createServices(options: ServicesOptions): Services {
  const { database, sealer, accountId, region, limits, log } = options;
  const account = { accountId, region, partition: PARTITION };
  const iam = createIam(options);
  const { principals } = iam;
  const authorization = createAuthorization({ principals, clock });

  const simulation = createSimulation({ principals, accountId, partition: PARTITION, clock });
  const temporary = new StsSessions({ database, sealer, clock, random });
  const accessKeys = eitherAccessKeys(iam.accessKeys, temporary);
  const roles = createServiceRoles({ principals, sessions: temporary, ...account, clock });
  const sts = createStsService({ principals, sessions: temporary, ...account, accessKeys, clock });
  const kms = createKmsService({
    ...{ database, sealer, clock, timers: { after }, random, ...account, log: log('kms') },
    dataKeyAuthorization: authorization,
  });
  const logs = createLogsService({
    ...{ database, sealer, clock, timers: { after }, ...account, log: log('logs') },
    dataKeys: kms.dataKeys,
    limits,
  });
  const s3 = createS3Service({
    ...{ database, sealer, clock, timers: { after }, random, ...account, log: log('s3') },
    directory: options.objectDirectory,
    dataKeys: kms.dataKeys,
    authorization,
  });
  const trail = createCloudTrail({
    database,
    accountId,
    region,
    clock,
    after,
    randomId: () => randomUUID(),
    log: log('audit'),
  });

  const sessions = createSessionServices({
    database,
    targets: () => ecs.targets,
    environment: nodeSessionEnvironment,
    log: log('sessions'),
    authorization,
    sessionEvents: (event) => trail.sessionStep(sessionStep(event)),
    outputUrls: (sessionId) => recordings.outputUrls(sessionId),
    ...(options.liveSessions === 'end' && {
      livePermissions: createLivePermissions({
        authorization,
        version: () => principals.version(),
        question: (session) => startQuestion(session),
        region,
      }),
    }),
  });
  const managed = createManagedInstances({ database, roles, ...account, clock, random });
  const thread = new TranscriptThread();
  const recordings = createRecordings({
    database,
    sealer,
    ...(options.recordingsDirectory !== undefined && { directory: options.recordingsDirectory }),
    ...(options.recordingRetentionDays !== undefined && { retentionDays: options.recordingRetentionDays }),
    region,
    clock,
    after,
    log: log('recordings'),
    authorization,
    findSession: (sessionId) => sessions.recorded(sessionId),
    findEnded: (after, until, limit) => sessions.endedRecorded(after, until, limit),
    roles,
    steps: async (step) => {
      trail.sessionStep(step);
      await trail.flush();
    },
    makeLines: (header, events) => thread.lines(header, events),
  });
  const ecs = createEcsService({
    database,
    sessions: sessions.sessions,
    ...account,
    limits,
    vpc: options.vpc,
    clock,
    timers: { after },
    random,
    log: log('ecs'),
    authorization,
    roles,
    ...(options.recordDefaults && { recordDefaults: options.recordDefaults }),
    ...(!options.foreignKeys && { sessionKeys: kms.sessionKeys }),
  });

  /** What starting the session would ask now. */
  async function startQuestion(session: LiveSession): Promise<AccessQuestion | undefined> {
    const { target, documentName } = session;
    if (documentName === EXECUTE_COMMAND_DOCUMENT) return ecs.sessionQuestion(target, session);
    const found = await ecs.targets.find(target);
    if (found === undefined) return undefined;
    const tags = (await ecs.targets.tagsOf?.(target)) ?? {};
    return {
      action: 'ssm:StartSession',
      resources: [{ arn: found.taskArn, tags }],
      conditions: sessionConditions(session),
    };
  }

  return {
    endpoint: {
      services: [
        ecs.service,
        { ...sessions.service, operations: [...sessions.service.operations, ...managed.operations] },
        sts,
        { ...iam.service, operations: [...iam.service.operations, ...simulation] },
        kms.service,
        trail.service,
        logs.service,
        createEc2Service({
          ...account,
          vpc: options.vpc,
          vpcEndpoints: options.vpcEndpoints,
          instances: () => ecs.instances(),
        }),
      ],
      routes: [...sessions.routes, ...recordings.routes],
      upgrades: [...sessions.upgrades, ...ecs.upgrades],
      streamed: [s3.streamed],
      accessKeys,
      instanceKeys: managed.instanceKeys,
      region,
      clock,
      authorization,
      audit: trail.audit,
    },
    iam,
    async start() {
      await trail.start();
      await kms.start();
      await logs.start();
      await s3.start();
      // Sessions first: until they are restored, a task found stopped would have none to end.
      await sessions.start();
      await recordings.start();
      await ecs.start();
    },
    async stop() {
      await ecs.stop();
      await sessions.stop();
      await recordings.stop();
      await thread.close();
      await logs.stop();
      await s3.stop();
      await kms.stop();
      await iam.close();
      // Last: what the others did while they stopped is taken down too.
      await trail.stop();
    },
  };
}
