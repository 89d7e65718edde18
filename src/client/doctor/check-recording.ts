import { verdictFinding } from './check-caller.js';
import type { Facts } from './facts.js';
import { Check, type Finding } from './finding.js';
import { aws } from './repair.js';

/** Key, log group and bucket of the cluster's configuration: as they are, not what anybody may do with them. */
export function checkRecording(facts: Facts): readonly Finding[] {
  return [...key(facts), ...logGroup(facts), ...bucket(facts)];
}

function key({ key: fact, cluster, clusterName }: Facts): readonly Finding[] {
  if (fact === undefined) return [];
  const check = new Check('kms-key', "KMS key of the cluster's sessions");
  if (!fact.known) return [check.notChecked(fact.why)];
  const id = (cluster.known && cluster.value?.configuration?.executeCommandConfiguration?.kmsKeyId) || '';
  if (fact.value === undefined) {
    return [
      check.failed(
        `there is no key ${id}`,
        aws('kms', 'create-key', '--description', `ECS Exec in ${clusterName}`),
        '# and give its id to: aws ecs update-cluster --configuration executeCommandConfiguration={kmsKeyId=…,…}',
      ),
    ];
  }
  const { arn, keyState, keyUsage } = fact.value;
  if (keyState === 'PendingDeletion') {
    const again = [aws('kms', 'cancel-key-deletion', '--key-id', arn), aws('kms', 'enable-key', '--key-id', arn)];
    return [check.failed(`${arn} is pending deletion`, ...again)];
  }
  if (keyState !== 'Enabled') {
    return [check.failed(`${arn} is ${keyState}`, aws('kms', 'enable-key', '--key-id', arn))];
  }
  if (keyUsage !== 'ENCRYPT_DECRYPT') {
    return [check.failed(`${arn} is for ${keyUsage}; sessions need ENCRYPT_DECRYPT`)];
  }
  return [check.ok(`${arn} is enabled`)];
}

/** What becomes of a session whose group is not as it should be (ecs-api 5). */
function logGroup({ logTarget: target, logGroup: fact, key: sessionKey }: Facts): readonly Finding[] {
  if (target === undefined || fact === undefined) return [];
  const check = new Check('log-group', 'Log group');
  if (!fact.known) return [check.notChecked(fact.why)];
  const { name, mustBeEncrypted, from } = target;
  const group = ['--log-group-name', name];
  const keyArn = sessionKey?.known === true ? sessionKey.value?.arn : undefined;
  const keyId = keyArn ?? 'KEY-ARN';
  if (fact.value === undefined) {
    const create = aws('logs', 'create-log-group', ...group, ...(mustBeEncrypted ? ['--kms-key-id', keyId] : []));
    const gone = `log group ${name} of the ${from === 'cluster' ? 'cluster' : "container's log driver"} does not exist`;
    return [
      mustBeEncrypted
        ? check.failed(`${gone}, and sessions end when it is not encrypted`, create)
        : check.warning(`${gone}: sessions run, and are not logged`, create),
    ];
  }
  const { kmsKeyId } = fact.value;
  if (mustBeEncrypted && kmsKeyId === undefined) {
    return [
      check.failed(
        `log group ${name} has no KMS key, which cloudWatchEncryptionEnabled asks for: sessions end at once`,
        aws('logs', 'associate-kms-key', ...group, '--kms-key-id', keyId),
      ),
    ];
  }
  return [check.ok(`log group ${name}${kmsKeyId === undefined ? '' : `, encrypted with ${kmsKeyId}`}`)];
}

function bucket({ bucketTarget: target, bucket: fact }: Facts): readonly Finding[] {
  if (target === undefined || fact === undefined) return [];
  const check = new Check('bucket', 'Bucket');
  if (!fact.known) return [check.notChecked(fact.why)];
  const { name, mustBeEncrypted } = target;
  if (fact.value === undefined) {
    const create = aws('s3api', 'create-bucket', '--bucket', name);
    const gone = `bucket ${name} does not exist`;
    return [
      mustBeEncrypted
        ? check.failed(`${gone}, and sessions end when it is not encrypted`, create)
        : check.warning(`${gone}: sessions run, and are not kept there`, create),
    ];
  }
  if (fact.value !== '') return [check.ok(`bucket ${name}, encrypted with ${fact.value}`)];
  if (!mustBeEncrypted) return [check.ok(`bucket ${name}, not encrypted`)];
  const rules = '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}';
  return [
    check.failed(
      `bucket ${name} is not encrypted, which s3EncryptionEnabled asks for: sessions end at once`,
      aws('s3api', 'put-bucket-encryption', '--bucket', name, '--server-side-encryption-configuration', rules),
    ),
  ];
}

/** What the task's role may do with them. Only what a session cannot do without makes it fail. */
export function checkRecordingRole(facts: Facts): readonly Finding[] {
  const { roleMay, role, logTarget, bucketTarget } = facts;
  const arn = role.known ? (role.value?.arn ?? '') : '';
  const findings: Finding[] = [];
  const add = (check: Check, fact: Facts['roleMay']['decrypt'], needed: (action: string) => boolean): void => {
    if (fact === undefined) return;
    if (!fact.known) {
      findings.push(check.notChecked(fact.why));
      return;
    }
    const finding = verdictFinding(check, fact.value, arn);
    const refused = fact.value.filter(({ decision }) => decision !== 'allowed');
    const harmless = finding.state === 'failed' && !refused.some(({ action }) => needed(action));
    findings.push(
      harmless
        ? check.warning(`${finding.evidence}: sessions run, and are not logged`, ...(finding.repair ?? []))
        : finding,
    );
  };
  add(new Check('role-kms', 'Role may decrypt session keys'), roleMay.decrypt, () => true);
  add(
    new Check('role-logs', 'Role may write to the log group'),
    roleMay.logs,
    (action) => action === 'logs:DescribeLogGroups' && logTarget?.mustBeEncrypted === true,
  );
  add(
    new Check('role-bucket', 'Role may write to the bucket'),
    roleMay.bucket,
    (action) => action === 's3:GetEncryptionConfiguration' && bucketTarget?.mustBeEncrypted === true,
  );
  return findings;
}
