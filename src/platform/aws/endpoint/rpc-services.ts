import { AwsError } from '../aws-error.js';
import { ec2Success } from '../codec/ec2-codec.js';
import { jsonSuccess, readJsonInput } from '../codec/json-codec.js';
import { querySuccess, readQueryInput } from '../codec/query-codec.js';
import type { WireProtocol, WireResponse } from '../codec/wire-response.js';
import { type AccessDenied, refusedByRule } from '../access.js';
import type { Caller, Operation, RequestContext, Service } from '../service.js';
import { isSigned, parseSignature } from '../sigv4/parse-signature.js';
import type { SignatureVerifier } from '../verify-signature.js';
import type { EndpointOptions } from './endpoint-options.js';
import type { EndpointRequest } from './endpoint-request.js';
import { requestContext } from './request-context.js';
import { jsonTargetOf, protocolOf, queryParameters } from './request-target.js';
import type { RequestTrace } from './request-trace.js';
import { requireAccess } from './require-access.js';

interface Addressed {
  readonly service: Service;
  readonly operation: Operation;
}

/** Who signs nothing: no policy speaks of them. */
const ANONYMOUS: Caller = Object.freeze({ accountId: '', arn: '', userId: '', accessKeyId: '', type: 'anonymous' });

/** The JSON and query services of an endpoint, told apart by the signing name (ecs-api 1.1). */
export class RpcServices {
  readonly #options: EndpointOptions;
  readonly #verifier: SignatureVerifier;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #operations: ReadonlyMap<Service, ReadonlyMap<string, Operation>>;

  constructor(options: EndpointOptions, verifier: SignatureVerifier) {
    this.#options = options;
    this.#verifier = verifier;
    this.#services = new Map(options.services.map((service) => [service.name, service]));
    this.#operations = new Map(
      options.services.map((service) => [service, new Map(service.operations.map((one) => [one.name, one]))]),
    );
  }

  async call(request: EndpointRequest, trace: RequestTrace): Promise<WireResponse> {
    trace.protocol = protocolOf(request, undefined);
    const open = isSigned(request) ? undefined : this.#openTo(request);
    if (open !== undefined) return this.#unsigned(open, request, trace);
    const claimed = parseSignature(request);
    const service = this.#services.get(claimed.scope.service);
    trace.protocol = protocolOf(request, service);
    trace.xmlNamespace = service?.xmlNamespace ?? '';
    // Signed for a service that is not here: the target tells which was meant.
    trace.service = service?.name ?? this.#byTarget(request)?.name ?? claimed.scope.service;
    const body = await request.readBody();
    const forInstances = this.#byTargetOnly(request)?.operation.auth === 'instance';
    const whole = { ...request, body };
    const caller = await (forInstances && claimed.accessKeyId.startsWith('mi-')
      ? this.#verifier.verifyInstance(whole, claimed, trace.service)
      : this.#verifier.verify(whole, claimed, trace.service));
    trace.caller = caller;
    if (service === undefined || trace.protocol !== service.protocol || request.path !== '/') {
      throw isForm(trace.protocol) ? invalidAction(queryParameters(request, body)) : unknownOperation(request);
    }

    const parameters = isForm(service.protocol) ? queryParameters(request, body) : undefined;
    const operation = parameters ? this.#byAction(service, parameters) : this.#byTargetOf(service, request);
    const read = (): unknown =>
      parameters ? readQueryInput(operation, service, parameters) : readJsonInput(operation, service, body);
    const output = await this.#run(operation, read, caller, request, trace);
    if (parameters === undefined) return jsonSuccess(operation, output, trace.id);
    const write = service.protocol === 'ec2' ? ec2Success : querySuccess;
    return write(operation, service, output, trace.id);
  }

  async #unsigned(
    { service, operation }: Addressed,
    request: EndpointRequest,
    trace: RequestTrace,
  ): Promise<WireResponse> {
    trace.protocol = service.protocol;
    trace.service = service.name;
    const body = await request.readBody();
    const output = await this.#run(operation, () => readJsonInput(operation, service, body), ANONYMOUS, request, trace);
    return jsonSuccess(operation, output, trace.id);
  }

  async #run(
    operation: Operation,
    read: () => unknown,
    caller: Caller,
    request: EndpointRequest,
    trace: RequestTrace,
  ): Promise<unknown> {
    trace.operation = operation.name;
    trace.dataEvent = operation.dataEvent ?? false;
    const input = read();
    trace.input = input;
    const context = requestContext(request, trace, caller, this.#options.region);
    if (operation.auth === 'instance' && caller.type !== 'managed-instance') throw noInstance(context);
    await requireAccess(this.#options.authorization, operation.access, input as never, context);
    const output = await operation.run(input as never, context);
    trace.output = output;
    return output;
  }

  /** What a request without a signature may ask for. */
  #openTo(request: EndpointRequest): Addressed | undefined {
    const found = request.path === '/' ? this.#byTargetOnly(request) : undefined;
    return found?.operation.auth === 'none' ? found : undefined;
  }

  /** JSON services only. */
  #byTargetOnly(request: EndpointRequest): Addressed | undefined {
    const service = this.#byTarget(request);
    const operation = service && this.#operations.get(service)?.get(jsonTargetOf(request)?.operation ?? '');
    return service && operation && { service, operation };
  }

  #byTarget(request: EndpointRequest): Service | undefined {
    const prefix = jsonTargetOf(request)?.prefix;
    return this.#options.services.find((one) => one.protocol === 'json-1.1' && isPrefixOf(one, prefix));
  }

  #byTargetOf(service: Service, request: EndpointRequest): Operation {
    const target = jsonTargetOf(request);
    const operation = this.#operations.get(service)?.get(target?.operation ?? '');
    if (operation === undefined || !isPrefixOf(service, target?.prefix)) throw unknownOperation(request);
    return operation;
  }

  #byAction(service: Service, parameters: URLSearchParams): Operation {
    const operation = this.#operations.get(service)?.get(parameters.get('Action') ?? '');
    if (operation === undefined || parameters.get('Version') !== service.version) throw invalidAction(parameters);
    return operation;
  }
}

/** The operation and its input come as form fields. */
function isForm(protocol: WireProtocol): boolean {
  return protocol === 'query' || protocol === 'ec2';
}

function noInstance(context: RequestContext): AccessDenied {
  const { service = '', operation = '' } = context;
  const reason = 'only a managed instance may ask this, signed with its own key';
  return refusedByRule(context, `${service}:${operation}`, '*', reason);
}

/** Some clients write a prefix with its namespace and some without: botocore and the SDKs differ on CloudTrail's. */
function isPrefixOf({ targetPrefix }: Service, prefix: string | undefined): boolean {
  return prefix !== undefined && (prefix === targetPrefix || targetPrefix.endsWith(`.${prefix}`));
}

function unknownOperation(request: EndpointRequest): AwsError {
  const target = request.headers.get('x-amz-target');
  const reason = target === undefined ? 'no X-Amz-Target' : `no operation ${target} for this signing name`;
  return new AwsError('UnknownOperationException', '', { reason });
}

function invalidAction(parameters: URLSearchParams): AwsError {
  const action = parameters.get('Action');
  if (action === null) {
    return new AwsError('MissingAction', 'The request is missing an action or a required parameter.');
  }
  const version = parameters.get('Version') ?? '';
  return new AwsError('InvalidAction', `Could not find operation ${action} for version ${version}`);
}
