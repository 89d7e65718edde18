import type {
  ContextEntry,
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPrincipalPolicyRequest,
  SimulateCustomPolicyRequest,
  SimulatePrincipalPolicyRequest,
} from '@aws-sdk/client-iam';

export type { ContextEntry };

type Decoded<T> = { readonly [K in keyof T]: Exclude<T[K], null> };

/** Of both operations: they differ only in where the identity's policies come from. */
export type SimulationInput = Decoded<Omit<SimulatePrincipalPolicyRequest, 'PolicySourceArn' | 'PolicyExclusionList'>>;

export type PrincipalInput = Decoded<SimulatePrincipalPolicyRequest>;
export type CustomInput = Decoded<SimulateCustomPolicyRequest>;
export type PrincipalKeysInput = Decoded<GetContextKeysForPrincipalPolicyRequest>;
export type CustomKeysInput = Decoded<GetContextKeysForCustomPolicyRequest>;
