import type { IncomingHttpHeaders } from 'node:http';
import type { Access, DecidedAccess } from './access.js';
import type { MessageSocket } from './message-socket.js';

/** Who signed a request. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  /** `AIDA…`, or `AROA…:SESSION` for role sessions. */
  readonly userId: string;
  readonly accessKeyId: string;
  /** The last two only where an {@link Operation} says so in `auth`. */
  readonly type: 'user' | 'assumed-role' | 'root' | 'managed-instance' | 'anonymous';
  /** Of a role session. */
  readonly session?: CallerSession;
  /** Of temporary credentials that a user or root has of themselves. */
  readonly temporary?: {
    /** Milliseconds since the epoch. */
    readonly issuedAt: number;
  };
}

/** What a role session was made with. */
export interface CallerSession {
  readonly roleArn: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Session policies; absent when there were none. */
  readonly policies?: readonly { readonly name: string; readonly document: string }[];
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
}

/** What every operation is told about its request besides the input. */
export interface RequestContext {
  readonly requestId: string;
  readonly caller: Caller;
  readonly region: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Base URL as the caller reached the endpoint, for example `http://127.0.0.1:4580`; no trailing slash. */
  readonly endpointUrl: string;
  /** Signing name and operation; of upgrades and REST routes, as the log has them. */
  readonly service?: string;
  readonly operation?: string;
  /** Takes down each answer of the policies, for the audit. */
  readonly decided?: (access: DecidedAccess) => void;
}

/**
 * One AWS operation. Input and output are the service model's shapes (types of `@aws-sdk/client-*`); the codec has
 * already checked JSON types and dropped unknown members, and writes only members the output schema knows.
 */
export interface Operation<Input = never, Output = unknown> {
  readonly name: string;
  /** Schemas exported by `@aws-sdk/client-*`, for example `ExecuteCommandRequest$`. */
  readonly input: unknown;
  readonly output: unknown;
  /** What the caller must be allowed to do. */
  readonly access?: Access<Input>;
  /**
   * Who may call, where that is not a principal of IAM: `none`, also who signs nothing (the input proves who it is);
   * `instance`, only a managed instance, signed with its own key.
   */
  readonly auth?: 'none' | 'instance';
  /** Reads or writes what is stored, many times a second: audited only when it fails, as CloudTrail's data events. */
  readonly dataEvent?: boolean;
  run(input: Input, context: RequestContext): Promise<Output>;
}

/** A table row for the support matrix: operations the model has and we do not. They answer UnknownOperation. */
export interface Service {
  /** Signing name, for example `ecs`. */
  readonly name: string;
  /** `ec2`: the query protocol as EC2 alone has it. */
  readonly protocol: 'json-1.1' | 'query' | 'ec2';
  /** JSON: prefix of `X-Amz-Target`, for example `AmazonEC2ContainerServiceV20141113`. Query: unused. */
  readonly targetPrefix: string;
  /** Query: `Version` parameter and XML namespace. JSON: model version for the support matrix. */
  readonly version: string;
  readonly xmlNamespace?: string;
  readonly operations: readonly Operation[];
  /** JSON: of a request body, where the endpoint's own limit is too small for what the service takes. */
  readonly maxBodyBytes?: number;
  /** Error for a missing required member; services differ in code and text. */
  missingMember(path: string): Error;
}

/** A signed request that is not one of the RPC protocols: the REST paths of `ssmmessages`. */
export interface RestRequest {
  readonly method: string;
  /** Decoded path, for example `/v1/control-channel/ecs:demo_…`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly context: RequestContext;
}

export interface RestResponse {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface RestRoute {
  readonly method: string;
  readonly path: RegExp;
  /** Signing name the credential scope must have. */
  readonly service: string;
  readonly access?: Access<Pick<RestRequest, 'path' | 'query'>>;
  /** As of an {@link Operation}. */
  readonly dataEvent?: boolean;
  /** How errors are written; default `rest-xml`, the message gateway's way. */
  readonly errors?: 'rest-xml' | 'json-1.1';
  handle(request: RestRequest): Promise<RestResponse>;
}

/** A WebSocket that was just opened. `context` is absent when the upgrade carried no signature. */
export interface Upgrade {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly context: RequestContext | undefined;
  readonly sourceIp: string;
}

export interface UpgradeRoute {
  readonly path: RegExp;
  /** Signing name a signature must be scoped to, when there is one. A bad signature never gets here (HTTP 400/403). */
  readonly service: string;
  /** Unsigned upgrades are refused with 403 unless this is true. */
  readonly allowUnsigned: boolean;
  /** Of a signed upgrade. */
  readonly access?: Access<Pick<RestRequest, 'path' | 'query'>>;
  /** Called right after the 101; `socket.handlers` must be set before returning. */
  accept(upgrade: Upgrade, socket: MessageSocket): void;
}
