import type { Service } from '../../platform/aws/service.js';
import { accessKeyOperations } from './access-key-operations.js';
import { accountOperations } from './account-operations.js';
import { attachmentOperations } from './attachment-operations.js';
import { boundaryOperations } from './boundary-operations.js';
import { groupOperations } from './group-operations.js';
import { IamAccess } from './iam-access.js';
import { missingMember } from './iam-constraints.js';
import type { IamParts } from './iam-parts.js';
import { inlinePolicyOperations } from './inline-policy-operations.js';
import { instanceProfileOperations } from './instance-profile-operations.js';
import { policyOperations } from './policy-operations.js';
import { policyVersionOperations } from './policy-version-operations.js';
import { roleOperations } from './role-operations.js';
import { serviceLinkedRoleOperations } from './service-linked-role-operations.js';
import { tagOperations } from './tag-operations.js';
import { userOperations } from './user-operations.js';

/** AWS Identity and Access Management, as far as users of ECS Exec need it (ecs-api 6.3). */
export function createIamService(parts: IamParts): Service {
  const access = new IamAccess(parts);
  return {
    name: 'iam',
    protocol: 'query',
    targetPrefix: '',
    version: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    operations: [
      userOperations,
      accessKeyOperations,
      groupOperations,
      roleOperations,
      inlinePolicyOperations,
      policyOperations,
      policyVersionOperations,
      attachmentOperations,
      boundaryOperations,
      instanceProfileOperations,
      serviceLinkedRoleOperations,
      tagOperations,
      accountOperations,
    ].flatMap((table) => table(parts, access)),
    missingMember,
  };
}
