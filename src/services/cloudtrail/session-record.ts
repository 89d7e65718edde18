import type { SessionEvent } from '../session-ports.js';
import { EVENT_VERSION } from './cloudtrail-record.js';
import type { EventResource, UserIdentity } from './cloudtrail-record.js';
import { eventResource } from './event-resources.js';
import type { StoredEvent } from './event-store.js';
import { wholeSeconds } from './user-identity.js';

/** Something that became of a session without a request that says so: a client came, the container stopped. */
export interface SessionStep {
  /** For example `SessionStarted`, `SessionEnded`. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly sessionId: string;
  /** `ecs:<cluster>_<task id>_<runtime id>` */
  readonly target: string;
  /** ARN of whose session it is. */
  readonly owner: string;
  /** Address of the client, where there is one. */
  readonly sourceIp?: string;
  /** Of the task, where it is known. */
  readonly taskArn?: string;
  /** What else there is to say, for example why it ended. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

const NAMES: Readonly<Record<SessionEvent['type'], string>> = {
  started: 'SessionStarted',
  resumed: 'SessionResumed',
  terminated: 'SessionTerminated',
  ended: 'SessionEnded',
};

/** What Session Manager tells of its sessions. */
export function sessionStep(event: SessionEvent): SessionStep {
  const { type, time, sessionId, target, owner, documentName, by, reason, usage, freedom } = event;
  return {
    name: NAMES[type],
    time,
    sessionId,
    target,
    owner,
    details: {
      documentName,
      ...(by !== undefined && { by }),
      ...(reason !== undefined && { reason }),
      ...(type === 'ended' && { seconds: Math.round((time - event.startDate) / 1000) }),
      ...(usage && { cpuMilliseconds: usage.cpuMilliseconds, peakMemoryBytes: usage.peakMemoryBytes }),
      ...(freedom?.user !== undefined && { user: freedom.user }),
      ...(freedom?.toolbox && { debug: true }),
      ...(freedom?.toolbox?.image !== undefined && { debugImage: freedom.toolbox.image }),
    },
  };
}

const SOURCE = 'ssmmessages.amazonaws.com';

/** A step of a session as CloudTrail has what a service does by itself. */
export function sessionRecord(
  step: SessionStep,
  { accountId, region, eventId }: { accountId: string; region: string; eventId: string },
): StoredEvent {
  const { time, sessionId, target, owner, taskArn, sourceIp } = step;
  const session: EventResource = eventResource(`arn:aws:ssm:${region}:${accountId}:session/${sessionId}`);
  return {
    time,
    userName: owner.slice(owner.lastIndexOf('/') + 1),
    record: {
      eventVersion: EVENT_VERSION,
      userIdentity: ownerIdentity(owner, accountId),
      eventTime: wholeSeconds(time),
      eventSource: SOURCE,
      eventName: step.name,
      awsRegion: region,
      sourceIPAddress: sourceIp ?? SOURCE,
      userAgent: SOURCE,
      requestParameters: null,
      responseElements: null,
      eventID: eventId,
      readOnly: false,
      resources: [session, ...(taskArn === undefined ? [] : [eventResource(taskArn)])],
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      recipientAccountId: accountId,
      serviceEventDetails: { sessionId, target, ...step.details },
      eventCategory: 'Management',
    },
  };
}

function ownerIdentity(arn: string, accountId: string): UserIdentity {
  const assumed = arn.includes(':assumed-role/');
  return {
    type: assumed ? 'AssumedRole' : arn.endsWith(':root') ? 'Root' : 'IAMUser',
    arn,
    accountId,
    ...(!assumed && { userName: arn.slice(arn.lastIndexOf('/') + 1) }),
  };
}
