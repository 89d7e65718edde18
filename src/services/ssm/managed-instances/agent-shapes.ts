import { BOOLEAN, structureOf, TEXT, TIMESTAMP } from '../../../platform/aws/model/with-member.js';

/**
 * What agents call and no SDK has: the shapes of amazon-ssm-agent's own copy of the service model
 * (`vendor/github.com/aws/aws-sdk-go/service/ssm/api.go`).
 */
export const RegisterManagedInstanceRequest$ = structureOf('RegisterManagedInstanceRequest', {
  ActivationCode: TEXT,
  ActivationId: TEXT,
  Fingerprint: TEXT,
  PublicKey: TEXT,
  PublicKeyType: TEXT,
});

export const RegisterManagedInstanceResult$ = structureOf('RegisterManagedInstanceResult', { InstanceId: TEXT });

export const RequestManagedInstanceRoleTokenRequest$ = structureOf('RequestManagedInstanceRoleTokenRequest', {
  Fingerprint: TEXT,
});

export const RequestManagedInstanceRoleTokenResult$ = structureOf('RequestManagedInstanceRoleTokenResult', {
  AccessKeyId: TEXT,
  SecretAccessKey: TEXT,
  SessionToken: TEXT,
  TokenExpirationDate: TIMESTAMP,
  UpdateKeyPair: BOOLEAN,
});

export const UpdateManagedInstancePublicKeyRequest$ = structureOf('UpdateManagedInstancePublicKeyRequest', {
  NewPublicKey: TEXT,
  NewPublicKeyType: TEXT,
});

export const UpdateInstanceInformationRequest$ = structureOf('UpdateInstanceInformationRequest', {
  AgentName: TEXT,
  AgentStatus: TEXT,
  AgentVersion: TEXT,
  ComputerName: TEXT,
  IPAddress: TEXT,
  InstanceId: TEXT,
  PlatformName: TEXT,
  PlatformType: TEXT,
  PlatformVersion: TEXT,
});

export const Empty$ = structureOf('Empty', {});

export interface RegisterManagedInstanceRequest {
  readonly ActivationCode?: string;
  readonly ActivationId?: string;
  readonly Fingerprint?: string;
  readonly PublicKey?: string;
  readonly PublicKeyType?: string;
}

export interface RequestManagedInstanceRoleTokenRequest {
  readonly Fingerprint?: string;
}

export interface RequestManagedInstanceRoleTokenResult {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly TokenExpirationDate: Date;
  /** Whether the host shall make a new key; it may at any time. */
  readonly UpdateKeyPair: boolean;
}

export interface UpdateManagedInstancePublicKeyRequest {
  readonly NewPublicKey?: string;
  readonly NewPublicKeyType?: string;
}

export interface UpdateInstanceInformationRequest {
  readonly AgentName?: string;
  readonly AgentStatus?: string;
  readonly AgentVersion?: string;
  readonly ComputerName?: string;
  readonly IPAddress?: string;
  readonly InstanceId?: string;
  readonly PlatformName?: string;
  readonly PlatformType?: string;
  readonly PlatformVersion?: string;
}
