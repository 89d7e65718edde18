import type { ContainerSettings } from '../../../core/protocol/container-settings.js';

/**
 * What the sandbox would have to leave out so that a container is not what its definition says: each by the name the
 * definition has for it. CPU and memory are not limited, ports and modes awsvpc and bridge are the host's, and health
 * checks are not run, as its documentation says.
 */
export function unsupportedSettings(settings: ContainerSettings = {}): readonly string[] {
  const { capabilities, mounts = [], networkMode, pidMode, privileged, ulimits = [] } = settings;
  return [
    privileged === true && 'privileged',
    capabilities !== undefined && 'linuxParameters.capabilities',
    ulimits.length > 0 && 'ulimits',
    mounts.length > 0 && 'mountPoints',
    networkMode === 'none' && 'networkMode none',
    pidMode !== undefined && `pidMode ${pidMode}`,
  ].filter((name) => name !== false);
}
