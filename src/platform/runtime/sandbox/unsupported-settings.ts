import type { ContainerSettings } from '../../../core/protocol/container-settings.js';

/**
 * What the sandbox would have to leave out so that a container is not what its definition says: each by the name the
 * definition has for it. Ports and modes awsvpc and bridge are the host's, and health checks are the agent's, as its
 * documentation says.
 */
export function unsupportedSettings(settings: ContainerSettings = {}): readonly string[] {
  const { devices = [], privileged, systemControls = [] } = settings;
  return [
    privileged === true && 'privileged',
    devices.length > 0 && 'linuxParameters.devices',
    systemControls.length > 0 && 'systemControls',
  ].filter((name) => name !== false);
}
