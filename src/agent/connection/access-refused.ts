import { UpgradeRefused } from '../../platform/aws/upgrade-refused.js';
import { ChannelRefused } from './create-channel.js';
import { unescapeXml } from './unescape-xml.js';

/** What AWS's agent looks for in an answer too (wire-protocol 1.5). */
const ACCESS_DENIED = /<AccessDeniedException>(?:.*?<Message>(.*?)<\/Message>)?/s;

/**
 * Whether policies, not the network or the service, keep a control channel from being opened: the action that was
 * refused, with the service's own words. Undefined for every other failure.
 */
export function accessRefused(error: unknown): string | undefined {
  if (!(error instanceof ChannelRefused || error instanceof UpgradeRefused)) return undefined;
  const denied = ACCESS_DENIED.exec(error.body);
  if (denied === null) return undefined;
  const action = error instanceof ChannelRefused ? 'CreateControlChannel' : 'OpenControlChannel';
  const words = denied[1] === undefined ? '' : `: ${unescapeXml(denied[1])}`;
  return `ssmmessages:${action} was refused${words}`;
}
