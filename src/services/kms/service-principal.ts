import { compilePolicyText } from '../../core/policy/compile-policy.js';
import { decide } from '../../core/policy/decide.js';
import { explain } from '../../core/policy/explain.js';
import type { Decision, PolicyRequest } from '../../core/policy/policy-api.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { denialText } from '../authorization/denial-text.js';
import { contextConditions, type EncryptionContext } from './encryption-context.js';
import type { KmsParts } from './kms-parts.js';

type Parts = Pick<KmsParts, 'database' | 'references' | 'clock' | 'accountId' | 'region'>;

interface ServiceQuestion {
  /** `logs`. */
  readonly service: string;
  readonly action: string;
  readonly keyId: string;
  readonly encryptionContext: EncryptionContext;
}

/** A service that uses a key for itself: it has no policies of its own, so that the key's must allow it by name. */
export class ServicePrincipal {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws AccessDeniedException, and NotFoundException when there is no such key. */
  async requireAllowed({ service, action, keyId, encryptionContext }: ServiceQuestion): Promise<void> {
    const { database, references, clock, accountId, region } = this.#parts;
    const key = await references.find(database, keyId, true);
    const arn = references.keyArn(key.id);
    const name = `${service}.${region}.amazonaws.com`;
    const now = clock();
    const conditions: Readonly<Record<string, string | readonly string[]>> = {
      ...contextConditions(encryptionContext),
      'kms:CallerAccount': accountId,
      'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      'kms:KeySpec': 'SYMMETRIC_DEFAULT',
      'kms:KeyUsage': 'ENCRYPT_DECRYPT',
      'aws:PrincipalIsAWSService': 'true',
      'aws:PrincipalServiceName': name,
      'aws:SourceAccount': accountId,
      'aws:RequestedRegion': region,
      'aws:SecureTransport': 'true',
      'aws:CurrentTime': new Date(now).toISOString(),
      'aws:EpochTime': String(Math.floor(now / 1000)),
    };
    const values = Object.entries(conditions).map(
      ([condition, value]) =>
        [condition.toLowerCase(), typeof value === 'string' ? [value] : value] as const satisfies readonly unknown[],
    );
    const { decision, reason } = judge(key.policy, arn, {
      principal: { service: name },
      action,
      resource: arn,
      context: new Map(values),
      identity: [],
    });
    if (decision.decision === 'allowed') return;
    throw new AwsError('AccessDeniedException', denialText(name, action, { arn }, decision), { reason });
  }
}

function judge(
  document: string,
  arn: string,
  request: Omit<PolicyRequest, 'resourcePolicy'>,
): { decision: Decision; reason: string } {
  try {
    const policy = compilePolicyText(document, 'resource');
    const asked: PolicyRequest = {
      ...request,
      resourcePolicy: { name: `key policy of ${arn}`, policy, rule: 'must-allow' },
    };
    const decision = decide(asked);
    return { decision, reason: decision.decision === 'allowed' ? '' : explain(asked, decision) };
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    const decision: Decision = {
      decision: 'implicitDeny',
      policyType: 'resource',
      reasons: [],
      missingContextKeys: [],
    };
    return { decision, reason: `the key's policy cannot be read: ${error.message}` };
  }
}
