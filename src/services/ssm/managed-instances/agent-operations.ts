import type { Operation, RequestContext } from '../../../platform/aws/service.js';
import { managedInstanceOf } from '../../managed-instance-caller.js';
import { RoleRefused } from '../../role-credentials.js';
import { AwsError } from '../../../platform/aws/aws-error.js';
import { source } from './activation-operations.js';
import {
  Empty$,
  RegisterManagedInstanceRequest$,
  RegisterManagedInstanceResult$,
  RequestManagedInstanceRoleTokenRequest$,
  RequestManagedInstanceRoleTokenResult$,
  UpdateInstanceInformationRequest$,
  UpdateManagedInstancePublicKeyRequest$,
  type RegisterManagedInstanceRequest,
  type RequestManagedInstanceRoleTokenRequest,
  type RequestManagedInstanceRoleTokenResult,
  type UpdateInstanceInformationRequest,
  type UpdateManagedInstancePublicKeyRequest,
} from './agent-shapes.js';
import { instanceError } from './instance-error.js';
import { instanceArn, type ManagedInstancesOptions, roleArn, SSM_SERVICE } from './instance-parts.js';
import type { ManagedInstance } from './managed-instance.js';
import { activationStore, instanceStore } from './managed-instance-store.js';
import { KEY_TYPE, publicKeyText, readPublicKey } from './public-key.js';
import { ssmOperation } from './ssm-operation.js';

/** As AWS gives them to managed instances: one hour. */
export const ROLE_TOKEN_SECONDS = 60 * 60;

const ACTIVATION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PUBLIC_KEY = { required: true, length: [392, 1024] } as const;
const SHORT = { length: [1, 256] } as const;

/** What the agent of a host calls: it joins, asks for its role, and says that it is there. */
export function agentOperations(options: ManagedInstancesOptions): readonly Operation[] {
  const { database, roles, clock, random } = options;

  /**
   * A host whose answer was lost on the way asks again with the same key and is the same one: AWS would have used up
   * its activation for nothing.
   */
  async function register(input: RegisterManagedInstanceRequest): Promise<{ InstanceId: string }> {
    const { ActivationId: activationId = '', ActivationCode: code = '', Fingerprint: fingerprint = '' } = input;
    const publicKey = publicKeyText(readPublicKey(input.PublicKey ?? ''));
    return database.transaction(async (queries) => {
      const activation = await activationStore.findByCode(queries, activationId, code);
      if (activation === undefined) {
        throw instanceError.invalidActivation('there is no such activation, or it has another code');
      }
      const known = await instanceStore.findByKey(queries, publicKey);
      if (known !== undefined) {
        if (known.activationId === activationId && known.fingerprint === fingerprint) return { InstanceId: known.id };
        throw instanceError.alreadyRegistered();
      }
      const expiry = new Date(activation.expiresAt).toISOString();
      if (activation.expiresAt <= clock()) throw instanceError.activationExpired(`it expired ${expiry}`);
      if (activation.registrationsCount >= activation.registrationLimit) {
        const limit = activation.registrationLimit;
        throw instanceError.registrationLimit(`the activation has been used ${limit} of ${limit} times`);
      }
      const instance: ManagedInstance = {
        id: `mi-${Buffer.from(random(9)).toString('hex').slice(0, 17)}`,
        activationId,
        iamRole: activation.iamRole,
        name: activation.defaultInstanceName,
        publicKey,
        fingerprint,
        registeredAt: clock(),
        tags: activation.tags,
        pingedAt: undefined,
        agent: {},
      };
      await instanceStore.add(queries, instance);
      await activationStore.count(queries, activationId);
      return { InstanceId: instance.id };
    });
  }

  async function roleToken(
    { Fingerprint: fingerprint = '' }: RequestManagedInstanceRoleTokenRequest,
    { caller }: RequestContext,
  ): Promise<RequestManagedInstanceRoleTokenResult> {
    const instance = await requireInstance(caller.userId);
    if (instance.fingerprint !== fingerprint) {
      throw instanceError.fingerprint('the key is used on another machine than the one that it was made on');
    }
    const arn = roleArn(options, instance.iamRole);
    try {
      const given = await roles.assume(arn, SSM_SERVICE, instance.id, source(options), ROLE_TOKEN_SECONDS);
      return {
        AccessKeyId: given.accessKeyId,
        SecretAccessKey: given.secretAccessKey.reveal(),
        SessionToken: given.sessionToken.reveal(),
        TokenExpirationDate: new Date(given.expiration),
        UpdateKeyPair: false,
      };
    } catch (error) {
      if (!(error instanceof RoleRefused)) throw error;
      throw new AwsError('AccessDeniedException', `The role ${arn} cannot be assumed.`, { reason: error.message });
    }
  }

  async function updateKey(
    { NewPublicKey: text = '' }: UpdateManagedInstancePublicKeyRequest,
    { caller }: RequestContext,
  ): Promise<object> {
    const publicKey = publicKeyText(readPublicKey(text));
    return database.transaction(async (queries) => {
      const known = await instanceStore.findByKey(queries, publicKey);
      if (known !== undefined && known.id !== caller.userId) throw instanceError.keyAlreadyRegistered();
      await instanceStore.setKey(queries, caller.userId, publicKey);
      return {};
    });
  }

  /** Only a host speaks for itself, whatever the role of others may do. */
  async function updateInformation(
    { InstanceId: id = '', ...input }: UpdateInstanceInformationRequest,
    { caller }: RequestContext,
  ): Promise<object> {
    if (managedInstanceOf(caller) !== id) {
      throw instanceError.notItself(id, `${caller.arn} is not a session of the managed instance ${id}`);
    }
    await requireInstance(id);
    const { AgentVersion, PlatformType, PlatformName, PlatformVersion, IPAddress, ComputerName } = input;
    const agent = { AgentVersion, PlatformType, PlatformName, PlatformVersion, IPAddress, ComputerName };
    const known = Object.fromEntries(Object.entries(agent).filter(([, value]) => value !== undefined));
    await instanceStore.ping(database, id, known, clock());
    return {};
  }

  async function requireInstance(id: string): Promise<ManagedInstance> {
    const instance = await instanceStore.find(database, id);
    if (instance === undefined) throw instanceError.noInstance(id);
    return instance;
  }

  return [
    ssmOperation({
      name: 'RegisterManagedInstance',
      input: RegisterManagedInstanceRequest$,
      output: RegisterManagedInstanceResult$,
      auth: 'none',
      constraints: {
        ActivationId: { required: true, length: [36, 36], pattern: ACTIVATION_ID },
        ActivationCode: { required: true, length: [20, 250] },
        Fingerprint: { required: true, ...SHORT },
        PublicKey: PUBLIC_KEY,
        PublicKeyType: { values: [KEY_TYPE] },
      },
      access: () => [],
      run: register,
    }),
    ssmOperation({
      name: 'RequestManagedInstanceRoleToken',
      input: RequestManagedInstanceRoleTokenRequest$,
      output: RequestManagedInstanceRoleTokenResult$,
      auth: 'instance',
      constraints: { Fingerprint: { required: true, ...SHORT } },
      access: () => [],
      run: roleToken,
    }),
    ssmOperation({
      name: 'UpdateManagedInstancePublicKey',
      input: UpdateManagedInstancePublicKeyRequest$,
      output: Empty$,
      auth: 'instance',
      constraints: { NewPublicKey: PUBLIC_KEY, NewPublicKeyType: { required: true, values: [KEY_TYPE] } },
      access: () => [],
      run: updateKey,
    }),
    ssmOperation({
      name: 'UpdateInstanceInformation',
      input: UpdateInstanceInformationRequest$,
      output: Empty$,
      constraints: {
        InstanceId: { required: true, length: [10, 124] },
        AgentName: SHORT,
        AgentStatus: SHORT,
        AgentVersion: { length: [5, 256] },
        ComputerName: SHORT,
        IPAddress: { length: [1, 46] },
        PlatformName: { length: [0, 256] },
        PlatformVersion: { length: [0, 256] },
        PlatformType: { values: ['Windows', 'Linux', 'MacOS'] },
      },
      access: ({ InstanceId: id = '' }: UpdateInstanceInformationRequest) => [
        { action: 'ssm:UpdateInstanceInformation', resources: [{ arn: instanceArn(options, id) }] },
      ],
      run: updateInformation,
    }),
  ];
}
