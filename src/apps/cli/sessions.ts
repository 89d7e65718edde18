import type { RunCommand } from './main.js';
import { listCommand } from './sessions/list.js';
import { UsageError } from './usage-error.js';

/** Each is loaded only when it is the one: most need no terminal emulation. */
const ACTIONS: Readonly<Record<string, () => Promise<RunCommand>>> = {
  list: async () => (await import('./sessions/list.js')).list,
  show: async () => (await import('./sessions/show.js')).show,
  watch: async () => (await import('./sessions/watch.js')).watch,
  replay: async () => (await import('./sessions/replay.js')).replay,
  export: async () => (await import('./sessions/export.js')).exportSession,
  grep: async () => (await import('./sessions/grep.js')).grep,
  terminate: async () => (await import('./sessions/terminate.js')).terminate,
};

export async function sessions(argv: readonly string[]): Promise<number> {
  const at = actionIndex(argv);
  const name = at === undefined ? 'list' : (argv[at] ?? '');
  const load = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (load === undefined) {
    throw new UsageError(`unknown action '${name}' (see gangway sessions --help)`);
  }
  return (await load())(at === undefined ? argv : argv.toSpliced(at, 1));
}

/** Of the first argument that is no option and no value of one: `sessions --data DIR terminate ID` is fine too. */
function actionIndex(argv: readonly string[]): number | undefined {
  const takesValue = new Set(
    listCommand().options.flatMap(({ required, long }) => (required && long !== undefined ? [long] : [])),
  );
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (argument === '--') return undefined;
    if (!argument.startsWith('-')) return index;
    if (takesValue.has(argument)) index += 1;
  }
  return undefined;
}
