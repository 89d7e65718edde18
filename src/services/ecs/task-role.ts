import { RoleRefused, type ServiceRoles } from '../role-credentials.js';
import { TASKS_SERVICE } from './access/pass-role.js';
import { ecsError } from './ecs-error.js';

/** AWS's text, in an error, a service's event and a task's stop reason alike. */
export function unableToAssume(roleArn: string): string {
  return `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
}

/**
 * Why a task's role cannot be assumed now; undefined when it can, when there is none, or when nobody knows of roles.
 * Asks IAM, which waits for the transaction in progress: not to be called from within one.
 */
export async function roleRefusal(
  roles: ServiceRoles | undefined,
  roleArn: string | undefined,
): Promise<{ readonly text: string; readonly reason: string } | undefined> {
  if (roles === undefined || roleArn === undefined) return undefined;
  try {
    await roles.check(roleArn, TASKS_SERVICE);
    return undefined;
  } catch (error) {
    if (error instanceof RoleRefused) return { text: unableToAssume(roleArn), reason: error.message };
    throw error;
  }
}

/** Throws ClientException when the role cannot be assumed. The same warning as for {@link roleRefusal}. */
export async function requireAssumable(roles: ServiceRoles | undefined, roleArn: string | undefined): Promise<void> {
  const refused = await roleRefusal(roles, roleArn);
  if (refused !== undefined) throw ecsError.client(refused.text, refused.reason);
}
