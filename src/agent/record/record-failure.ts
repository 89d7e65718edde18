/** Why a piece of a session could not be recorded, in words for its user: no path of the host in it. */
export class RecordFailure extends Error {
  override readonly name = 'RecordFailure';
}

/** The system's own text names files of the host; it is the operator's, as `cause`. */
export function recordFailure(error: unknown): RecordFailure {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return new RecordFailure(textOf(code), { cause: error });
}

function textOf(code: string | undefined): string {
  switch (code) {
    case 'ENOSPC':
      return 'the disk of the container host is full';
    case 'EDQUOT':
      return 'the disk quota on the container host is used up';
    case 'EMFILE':
    case 'ENFILE':
      return 'the container host has too many open files';
    case 'EEXIST':
      return 'the container host has a record of a session of this name already';
    default:
      return `the container host cannot write the record${code === undefined ? '' : ` (${code})`}`;
  }
}
