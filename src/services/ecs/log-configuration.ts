import type { ContainerDefinition as WireContainer } from '@aws-sdk/client-ecs';
import { ecsError } from './ecs-error.js';

/** What the model documents of the awslogs driver; AWS refuses others. */
const AWSLOGS_OPTIONS: readonly string[] = [
  ...['awslogs-region', 'awslogs-group', 'awslogs-stream-prefix', 'awslogs-create-group'],
  ...['awslogs-datetime-format', 'awslogs-multiline-pattern', 'mode', 'max-buffer-size'],
];

/** Checks the options of an awslogs driver, in AWS's words; those of other drivers are kept as they are. */
export function requireLogConfiguration({ logConfiguration }: WireContainer, onFargate: boolean): void {
  if (logConfiguration?.logDriver !== 'awslogs') return;
  const options = logConfiguration.options ?? {};
  const unknown = Object.keys(options).filter((name) => !AWSLOGS_OPTIONS.includes(name));
  if (unknown.length > 0) throw ecsError.client(`Log driver awslogs disallows options: ${unknown.join(', ')}`);
  const required = ['awslogs-region', 'awslogs-group', ...(onFargate ? ['awslogs-stream-prefix'] : [])];
  const missing = required.filter((name) => (options[name] ?? '') === '');
  if (missing.length > 0) throw ecsError.client(`Log driver awslogs requires options: ${missing.join(', ')}`);
  if (options['awslogs-create-group'] !== undefined && options['awslogs-create-group'] !== 'true') {
    throw ecsError.client(
      "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
    );
  }
  const { mode = 'non-blocking', 'max-buffer-size': size = '1m' } = options;
  if (mode !== 'blocking' && mode !== 'non-blocking') {
    throw ecsError.client(`Log driver awslogs option 'mode' must be 'blocking' or 'non-blocking', not '${mode}'.`);
  }
  if (!/^[1-9]\d{0,9}\s*[kmg]?b?$/i.test(size)) {
    throw ecsError.client(`Log driver awslogs option 'max-buffer-size' is not a size: '${size}'.`);
  }
}
