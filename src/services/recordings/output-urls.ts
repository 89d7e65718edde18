import type { Delivery } from '../../core/recording/recordings-api.js';

/** `OutputUrl` of DescribeSessions. */
export interface OutputUrls {
  readonly S3OutputUrl?: string;
  readonly CloudWatchOutputUrl?: string;
}

/**
 * Where the transcript of a session has been delivered to. AWS's reference calls both members "reserved for future
 * use" and says only `https://s3.REGION.amazonaws.com/BUCKET/…`-like things of run commands: the forms are those of S3's
 * path-style URLs and of CloudWatch's console, as a guess.
 */
export function outputUrls(deliveries: readonly Delivery[], region: string): OutputUrls {
  let urls: OutputUrls = {};
  for (const { kind, place, status } of deliveries) {
    if (kind !== 'transcript' || status !== 'delivered') continue;
    const [, scheme, holder = '', name = ''] = /^(s3|logs):\/\/([^/]+)\/(.+)$/.exec(splitGroup(place)) ?? [];
    if (scheme === 's3') {
      // In places blanks are written so; the rest stands as it is.
      const key = name.replaceAll('%20', ' ').split('/').map(encodeURIComponent).join('/');
      urls = { ...urls, S3OutputUrl: `https://s3.${region}.amazonaws.com/${holder}/${key}` };
    }
    if (scheme === 'logs') {
      urls = { ...urls, CloudWatchOutputUrl: consoleUrl(decodeURIComponent(holder), name, region) };
    }
  }
  return urls;
}

/** Names of log groups have slashes, those of session streams have none. */
function splitGroup(place: string): string {
  const [, group, stream] = /^logs:\/\/(.+)\/([^/]+)$/.exec(place) ?? [];
  return group === undefined || stream === undefined ? place : `logs://${encodeURIComponent(group)}/${stream}`;
}

/** The console encodes names twice, and writes `$` for the second `%`. */
function consoleUrl(group: string, stream: string, region: string): string {
  const encoded = (name: string): string => encodeURIComponent(encodeURIComponent(name)).replaceAll('%', '$');
  return (
    `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}` +
    `#logsV2:log-groups/log-group/${encoded(group)}/log-events/${encoded(stream)}`
  );
}
