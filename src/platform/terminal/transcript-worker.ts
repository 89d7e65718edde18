import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { TranscriptReply, TranscriptRequest } from './transcript-thread.js';
import type { TranscriptLine } from './transcript-line.js';
import { Transcript } from './transcript.js';

/** The thread in which transcripts are made. One at a time; every request is answered with the lines it gave. */
function serve(port: NonNullable<typeof parentPort>): void {
  let lines: TranscriptLine[] = [];
  let transcript: Transcript | undefined;
  port.on('message', (request: TranscriptRequest) => {
    if (request.header !== undefined) transcript = new Transcript(request.header, (line) => lines.push(line));
    for (const event of request.events ?? []) transcript?.event(event);
    if (request.end === true) {
      transcript?.end();
      transcript = undefined;
    }
    port.postMessage({ lines } satisfies TranscriptReply);
    lines = [];
  });
}

try {
  // On Linux this is of the calling thread alone: sessions come first.
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);
} catch {
  // Some sandboxes forbid it; then transcripts take their turn with everybody else.
}
if (parentPort !== null) serve(parentPort);
