import { AwsError } from '../aws-error.js';
import { ec2Success } from '../codec/ec2-codec.js';
import { jsonSuccess, readJsonInput } from '../codec/json-codec.js';
import { querySuccess, readQueryInput } from '../codec/query-codec.js';
import type { WireProtocol, WireResponse } from '../codec/wire-response.js';
import type { Operation, Service } from '../service.js';
import { parseSignature } from '../sigv4/parse-signature.js';
import type { SignatureVerifier } from '../verify-signature.js';
import type { EndpointOptions } from './endpoint-options.js';
import type { EndpointRequest } from './endpoint-request.js';
import { requestContext } from './request-context.js';
import { jsonTargetOf, protocolOf, queryParameters } from './request-target.js';
import type { RequestTrace } from './request-trace.js';
import { requireAccess } from './require-access.js';

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
    const claimed = parseSignature(request);
    const service = this.#services.get(claimed.scope.service);
    trace.protocol = protocolOf(request, service);
    trace.xmlNamespace = service?.xmlNamespace ?? '';
    // Signed for a service that is not here: the target tells which was meant.
    trace.service = service?.name ?? this.#byTarget(request)?.name ?? claimed.scope.service;
    const body = await request.readBody();
    const caller = await this.#verifier.verify({ ...request, body }, claimed, trace.service);
    trace.caller = caller;
    if (service === undefined || trace.protocol !== service.protocol || request.path !== '/') {
      throw isForm(trace.protocol) ? invalidAction(queryParameters(request, body)) : unknownOperation(request);
    }

    const parameters = isForm(service.protocol) ? queryParameters(request, body) : undefined;
    const operation = parameters ? this.#byAction(service, parameters) : this.#byTargetOf(service, request);
    trace.operation = operation.name;
    trace.dataEvent = operation.dataEvent ?? false;
    const input = parameters ? readQueryInput(operation, service, parameters) : readJsonInput(operation, service, body);
    trace.input = input;
    const context = requestContext(request, trace, caller, this.#options.region);
    await requireAccess(this.#options.authorization, operation.access, input as never, context);
    const output = await operation.run(input as never, context);
    trace.output = output;
    if (parameters === undefined) return jsonSuccess(operation, output, trace.id);
    const write = service.protocol === 'ec2' ? ec2Success : querySuccess;
    return write(operation, service, output, trace.id);
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
