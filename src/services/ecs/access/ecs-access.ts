import { type AccessParts } from './access-parts.js';
import { accountSettingAccess } from './account-setting-access.js';
import { capacityProviderAccess } from './capacity-provider-access.js';
import { clusterAccess } from './cluster-access.js';
import { containerInstanceAccess } from './container-instance-access.js';
import { serviceAccess } from './service-access.js';
import { tagAccess } from './tag-access.js';
import { taskAccess } from './task-access.js';
import { taskDefinitionAccess } from './task-definition-access.js';

/** What each operation asks the policies, by its name (ecs-api 7.4). */
export function ecsAccess(parts: AccessParts) {
  return {
    ...accountSettingAccess(),
    ...capacityProviderAccess(parts),
    ...clusterAccess(parts),
    ...containerInstanceAccess(parts),
    ...serviceAccess(parts),
    ...tagAccess(parts),
    ...taskAccess(parts),
    ...taskDefinitionAccess(parts),
  };
}
