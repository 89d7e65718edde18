import type { Secret } from '../../platform/aws/secret.js';
import type { TaskRole } from '../role/task-role.js';
import { refusal, type TaskAnswer } from './task-answer.js';

/** A task's role and what a caller must show for it. */
export interface HeldRole {
  readonly role: TaskRole;
  readonly token: Secret;
}

const PREFIX = 'CredentialsV2Request: ';

/**
 * `GET /v2/credentials/ID`. Code and text of an unknown id are ecs-agent's; it knows no tokens, so those of a missing
 * and a wrong one are ours.
 */
export async function answerCredentials(
  id: string,
  held: HeldRole | undefined,
  authorization: string | undefined,
  mayCall: () => Promise<boolean>,
): Promise<TaskAnswer> {
  if (id === '') return refusal(400, 'NoIdInRequest', `${PREFIX}No ID in the request`);
  if (held === undefined) return refusal(400, 'InvalidIdInRequest', `${PREFIX}Credentials not found`);
  if (authorization === undefined) {
    return refusal(401, 'MissingAuthorizationToken', `${PREFIX}No authorization token in the request`);
  }
  if (!held.token.equals(authorization) || !(await mayCall())) {
    return refusal(403, 'InvalidAuthorizationToken', `${PREFIX}The authorization token is not that of this task`);
  }
  const { roleArn, accessKeyId, secretAccessKey, sessionToken, expiration } = held.role.current;
  return {
    status: 200,
    body: {
      RoleArn: roleArn,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey.reveal(),
      Token: sessionToken.reveal(),
      Expiration: expiration,
    },
  };
}
