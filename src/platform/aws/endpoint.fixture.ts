import {
  ExecuteCommandRequest$,
  ExecuteCommandResponse$,
  ListTasksRequest$,
  ListTasksResponse$,
} from '@aws-sdk/client-ecs';
import type { ListTasksRequest } from '@aws-sdk/client-ecs';
import { ResumeSessionRequest$, ResumeSessionResponse$ } from '@aws-sdk/client-ssm';
import {
  AssumeRoleRequest$,
  AssumeRoleResponse$,
  GetCallerIdentityRequest$,
  GetCallerIdentityResponse$,
} from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import { caller, longTerm, region, temporary } from './access-keys.fixture.js';
import { AwsError } from './aws-error.js';
import { Endpoint } from './endpoint.js';
import type { EndpointOptions } from './endpoint/endpoint-options.js';
import type { RequestEvent } from './endpoint/request-event.js';
import type { MessageSocket } from './message-socket.js';
import type { Operation, RequestContext, Service, Upgrade } from './service.js';

/** What the toy operations were given. */
export interface Calls {
  readonly inputs: unknown[];
  readonly contexts: RequestContext[];
  readonly upgrades: Upgrade[];
  readonly sockets: MessageSocket[];
  readonly events: RequestEvent[];
}

/** An endpoint with a little of ECS, SSM, STS and the message gateway. Closed after the test. */
export async function startEndpoint(
  options: Partial<EndpointOptions> & { tls?: { cert: string; key: string } } = {},
): Promise<{ endpoint: Endpoint; url: string; port: number; calls: Calls }> {
  const calls: Calls = { inputs: [], contexts: [], upgrades: [], sockets: [], events: [] };
  const endpoint = new Endpoint({
    services: services(calls),
    routes: [
      {
        method: 'POST',
        path: /^\/v1\/control-channel\/([^/]+)$/,
        service: 'ssmmessages',
        handle: ({ path, body, context }) => {
          calls.inputs.push(Buffer.from(body).toString());
          calls.contexts.push(context);
          if (path.endsWith('denied'))
            throw new AwsError('AccessDeniedException', 'User: x is not authorized', { status: 403 });
          const text = `<R><TokenValue>${path}</TokenValue></R>`;
          return Promise.resolve({ status: 201, contentType: 'text/xml', body: text });
        },
      },
    ],
    upgrades: [
      { path: /^\/v1\/control-channel\/[^/]+$/, service: 'ssmmessages', allowUnsigned: false, accept },
      { path: /^\/v1\/data-channel\/[^/]+$/, service: 'ssmmessages', allowUnsigned: true, accept },
    ],
    accessKeys: {
      find: (id) => {
        if (id === longTerm.accessKeyId) return Promise.resolve({ secret: longTerm.secretAccessKey, caller });
        if (id !== temporary.accessKeyId) return Promise.resolve(undefined);
        return Promise.resolve({ secret: temporary.secretAccessKey, sessionToken: temporary.sessionToken, caller });
      },
    },
    region,
    clock: Date.now,
    log: (event) => calls.events.push(event),
    ...options,
  });
  function accept(upgrade: Upgrade, socket: MessageSocket): void {
    if (upgrade.path.endsWith('broken')) throw new Error('a fault of the route');
    calls.upgrades.push(upgrade);
    calls.sockets.push(socket);
    socket.handlers = { message: (data) => socket.send(data), close: () => undefined };
  }
  const { url, port } = await endpoint.listen({ host: '127.0.0.1', port: 0, ...(options.tls && { tls: options.tls }) });
  onTestFinished(() => endpoint.close());
  return { endpoint, url, port, calls };
}

function services(calls: Calls): Service[] {
  const operation = (
    name: string,
    input: unknown,
    output: unknown,
    run: (given: ListTasksRequest) => unknown,
  ): Operation => ({
    name,
    input,
    output,
    ...(name === 'ListTasks' && {
      access: ({ cluster = '' }: ListTasksRequest) => [{ action: 'ecs:ListTasks', resources: [{ arn: cluster }] }],
    }),
    run: (given: unknown, context: RequestContext) => {
      calls.inputs.push(given);
      calls.contexts.push(context);
      return new Promise((resolve) => resolve(run(given as ListTasksRequest)));
    },
  });
  return [
    {
      name: 'ecs',
      protocol: 'json-1.1',
      targetPrefix: 'AmazonEC2ContainerServiceV20141113',
      version: '2014-11-13',
      operations: [
        operation('ListTasks', ListTasksRequest$, ListTasksResponse$, ({ cluster }) => {
          if (cluster === 'none') throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
          if (cluster === 'crash') throw new TypeError('a fault of ours with detail');
          if (cluster === 'busy') throw new AwsError('ServerException', 'Try later.', { fault: 'server' });
          return { taskArns: [`arn:${cluster ?? 'default'}`], internal: 'x' };
        }),
        operation('ExecuteCommand', ExecuteCommandRequest$, ExecuteCommandResponse$, () => ({
          session: { sessionId: 's', streamUrl: 'u', tokenValue: 't' },
        })),
      ],
      missingMember: (path) => new AwsError('InvalidParameterException', `${path} can not be blank.`),
    },
    {
      name: 'ssm',
      protocol: 'json-1.1',
      targetPrefix: 'AmazonSSM',
      version: '2014-11-06',
      operations: [
        operation('ResumeSession', ResumeSessionRequest$, ResumeSessionResponse$, () => ({
          TokenValue: 't',
          StreamUrl: 'u',
        })),
      ],
      missingMember: (path) => new AwsError('ValidationException', path),
    },
    {
      name: 'sts',
      protocol: 'query',
      targetPrefix: '',
      version: '2011-06-15',
      xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
      operations: [
        operation('GetCallerIdentity', GetCallerIdentityRequest$, GetCallerIdentityResponse$, () => ({
          UserId: 'AIDA',
          Account: '123456789012',
          Arn: 'arn:aws:iam::123456789012:user/a<b>&',
        })),
        operation('AssumeRole', AssumeRoleRequest$, AssumeRoleResponse$, () => {
          throw new AwsError('AccessDenied', 'User: x is not authorized to perform: sts:AssumeRole', { status: 403 });
        }),
      ],
      missingMember: (path) => new AwsError('ValidationError', path),
    },
  ];
}
