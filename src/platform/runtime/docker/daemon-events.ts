import type Docker from 'dockerode';

interface EventStream extends NodeJS.ReadableStream {
  destroy(): void;
}

/** An event of a container, as far as it is looked at. */
export interface DaemonEvent {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

/** An event is a line of JSON, with all labels of its container. */
const MAX_EVENT_BYTES = 1_048_576;

/** Events of containers with this label, from the last second on. `closed` is called once, whoever closes it. */
export async function openDaemonEvents(
  docker: Docker,
  { events, label }: { readonly events: readonly string[]; readonly label: string },
  event: (event: DaemonEvent) => void,
  closed: () => void,
): Promise<{ destroy(): void }> {
  const stream = (await docker.getEvents({
    // The daemon says yes a moment before it listens: events of the last second make up for it.
    since: Math.floor(Date.now() / 1000) - 1,
    filters: { type: ['container'], event: [...events], label: [label] },
  })) as EventStream;
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    if (text.length > MAX_EVENT_BYTES) stream.destroy();
    // Docker ends a line with each event; Podman too.
    for (const line of lines) {
      const read = parse(line);
      if (read !== undefined) event(read);
    }
  });
  stream.on('error', () => undefined);
  stream.once('close', closed);
  return stream;
}

function parse(line: string): DaemonEvent | undefined {
  try {
    return JSON.parse(line) as DaemonEvent;
  } catch {
    return undefined;
  }
}
