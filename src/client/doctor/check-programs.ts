import type { Facts } from './facts.js';
import { Check, type Finding } from './finding.js';
import { isAtLeast, versionOf } from './version.js';

const FOR_AWS = "'gangway exec' needs neither the AWS CLI nor the plugin";

/** What `aws ecs execute-command` needs on this machine. */
export function checkPrograms({ awsCli, plugin }: Facts): readonly Finding[] {
  return [cli(awsCli), sessionManagerPlugin(plugin)];
}

/** The developer guide's prerequisites (ecs-api 10). */
function cli(text: string | undefined): Finding {
  const check = new Check('aws-cli', 'AWS CLI');
  if (text === undefined) return check.warning(`no aws on PATH; ${FOR_AWS}`, '# https://aws.amazon.com/cli/');
  const version = versionOf(text);
  if (version === undefined) return check.notChecked(`'aws --version' says: ${text}`);
  const least = version[0] === 1 ? [1, 22, 3] : [2, 3, 6];
  if (isAtLeast(version, least)) return check.ok(text);
  return check.warning(`${text} is older than ${least.join('.')}; ${FOR_AWS}`, '# https://aws.amazon.com/cli/');
}

function sessionManagerPlugin(text: string | undefined): Finding {
  const check = new Check('session-manager-plugin', 'Session Manager plugin');
  if (text !== undefined) return check.ok(text);
  return check.warning(
    `no session-manager-plugin on PATH; ${FOR_AWS}`,
    '# https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html',
  );
}
