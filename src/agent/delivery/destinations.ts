import type { SessionInputs } from '../../core/protocol/session-document.js';

/** Where the copies of one session go. */
export interface Destinations {
  readonly logs: { readonly group: string; readonly stream: string; readonly liveStream: string } | undefined;
  readonly s3: { readonly bucket: string; readonly transcriptKey: string; readonly castKey: string } | undefined;
}

/** Names as AWS's agent makes them (wire-protocol 7.2, 7.3); the recording and the live events stand beside. */
export function destinationsOf(sessionId: string, inputs: SessionInputs): Destinations {
  const { cloudWatchLogGroupName: group, s3BucketName: bucket, s3KeyPrefix } = inputs;
  const key = (ending: string): string => joined(s3KeyPrefix, `${sessionId.replaceAll(':', '')}${ending}`);
  return {
    logs: group === '' ? undefined : { group, stream: sessionId, liveStream: `${sessionId}/live` },
    s3: bucket === '' ? undefined : { bucket, transcriptKey: key('.log'), castKey: key('.cast') },
  };
}

/** As Go's `path.Join`, which AWS's agent uses: empty parts, `.` and `..` are resolved. */
function joined(prefix: string, name: string): string {
  const parts: string[] = [];
  for (const part of `${prefix}/${name}`.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '' && part !== '.' && (part !== '..' || !prefix.startsWith('/'))) parts.push(part);
  }
  return parts.join('/');
}

/** A place in one word, as reports name it: a key may have blanks. */
export function placeOf(scheme: 's3' | 'logs', container: string, name: string): string {
  return `${scheme}://${container}/${name}`.replaceAll(/\s/g, encodeURIComponent);
}
