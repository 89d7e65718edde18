// `npm run bench`: one run, side by side, on the same shell and the same root file system. Prints a table and ratios.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { busyboxMissing, makeBusyboxRoot } from './busybox-root.js';
import type { Candidate, Contender } from './contender.js';
import { decisionRate } from './decisions.js';
import { docker, gangwayExec, officialPlugin, plainPty, ssh } from './contenders.js';
import { Gangway } from './gangway.js';
import { memoryPerSession } from './idle-sessions.js';
import { firstPrompt, keyEcho, megabyte, pipedInput, pipedOutput, quantile, terminalOutput } from './measure.js';
import { Terminal, prompt } from './terminal.js';

const quick = process.argv.includes('--quick');
/** Of all contenders in turn, so that an hour in which the machine is slow is slow for each of them. */
const rounds = quick ? 1 : 3;
const prompts = quick ? 3 : 5;
const keys = quick ? 100 : 300;
const terminalBytes = (quick ? 8 : 64) * megabyte;
// What is recorded is also rendered and delivered, behind the measurement: less of it there.
const pipedBytes = (quick || process.argv.includes('recording') ? 64 : 512) * megabyte;
const sessions = quick ? 20 : 200;
const sshPort = 22_022;

interface Result {
  readonly name: string;
  readonly [column: string]: number | string;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

type Measured = Readonly<Record<'first' | 'echo' | 'output' | 'cpu' | 'out' | 'in', readonly number[]>>;

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let index = 0; index < times; index += 1) values.push(await measure());
  return values;
}

async function measureOne(contender: Contender, file: string): Promise<Measured> {
  note(`measuring ${contender.name}`);
  const first = await repeat(prompts, () => firstPrompt(contender));
  const terminal = new Terminal(await contender.terminal());
  await terminal.until(prompt);
  const echo = await keyEcho(terminal, keys);
  const output = await terminalOutput(contender, terminal, file, terminalBytes);
  await terminal.end();
  const out = [await pipedOutput(contender, pipedBytes)];
  const into = [await pipedInput(contender, pipedBytes)];
  return { first, echo, output: [output.rate], cpu: [output.cpu], out, in: into };
}

/** The medians of all rounds. */
function resultOf(name: string, measured: readonly Measured[]): Result {
  const all = (key: keyof Measured): number[] => measured.flatMap((round) => round[key]);
  const median = (key: keyof Measured): number => quantile(all(key), 0.5);
  return {
    name,
    first: median('first'),
    echo: median('echo'),
    echo99: quantile(all('echo'), 0.99),
    output: median('output'),
    cpu: median('cpu'),
    out: median('out'),
    in: median('in'),
  };
}

const columns: readonly { key: string; title: string; digits: number; lower: boolean }[] = [
  { key: 'first', title: 'first prompt ms', digits: 0, lower: true },
  { key: 'echo', title: 'key echo ms', digits: 2, lower: true },
  { key: 'echo99', title: 'p99 ms', digits: 2, lower: true },
  { key: 'output', title: 'terminal MB/s', digits: 1, lower: false },
  { key: 'cpu', title: 'CPU s/64 MB', digits: 2, lower: true },
  { key: 'out', title: 'piped out MB/s', digits: 0, lower: false },
  { key: 'in', title: 'piped in MB/s', digits: 0, lower: false },
];

const cell = (value: number | string | undefined, digits: number): string =>
  typeof value === 'number' && Number.isFinite(value) ? value.toFixed(digits) : '-';

function table(results: readonly Result[]): void {
  print(`| | ${columns.map((column) => column.title).join(' | ')} |`);
  print(`|---|${columns.map(() => '---:').join('|')}|`);
  for (const result of results) {
    print(`| ${result.name} | ${columns.map(({ key, digits }) => cell(result[key], digits)).join(' | ')} |`);
  }
}

function ratios(results: readonly Result[], ours: string): void {
  const mine = results.find((result) => result.name === ours);
  if (!mine) return;
  print(`\n${ours} against each (above 1: ${ours} is better)\n`);
  print(`| | ${columns.map((column) => column.title).join(' | ')} |`);
  print(`|---|${columns.map(() => '---:').join('|')}|`);
  for (const other of results) {
    if (other === mine) continue;
    const cells = columns.map(({ key, lower }) => {
      const [a, b] = [mine[key], other[key]];
      if (typeof a !== 'number' || typeof b !== 'number') return '-';
      return cell(lower ? b / a : a / b, 2);
    });
    print(`| ${other.name} | ${cells.join(' | ')} |`);
  }
}

const decisions = (): void => {
  const { perSecond, perCpuSecond } = decisionRate(2000);
  print(`policy decisions per second, ten realistic statements: ${Math.round(perSecond)}`);
  print(`and per second of CPU time, which other load does not slow down: ${Math.round(perCpuSecond)}`);
};
if (process.argv.includes('decisions')) {
  decisions();
  process.exit(0);
}
type Stops = (() => void | Promise<void>)[];

interface Entered {
  readonly candidate: Candidate;
  /** The common file, as its shell sees it. */
  readonly file: string;
}

/** Everybody's rounds, taken in turn. */
async function inTurn(candidates: readonly Entered[]): Promise<Result[]> {
  const entered = candidates.flatMap(({ candidate, file }) => {
    if (!('skipped' in candidate)) return [{ contender: candidate, file, measured: [] as Measured[] }];
    print(`skipped: ${candidate.name} (${candidate.skipped})`);
    return [];
  });
  for (let round = 1; round <= rounds; round += 1) {
    note(`round ${round} of ${rounds}`);
    for (const { contender, file, measured } of entered) measured.push(await measureOne(contender, file));
  }
  return entered.map(({ contender, measured }) => resultOf(contender.name, measured));
}

/** `npm run bench -- recording`: what a record costs, with each kind of sync, beside a session without one. */
async function recording(scratch: string, root: string, stops: Stops): Promise<void> {
  const candidates: Entered[] = [];
  for (const sync of ['os', 'always'] as const) {
    const gangway = await Gangway.start(join(scratch, `data-${sync}`), root, sync);
    stops.push(() => gangway.stop());
    const recorded = await gangway.recordedTask();
    if (sync === 'os') candidates.push({ candidate: gangwayExec(gangway, 'not recorded'), file: '/data' });
    candidates.push({ candidate: gangwayExec(gangway, `--record-sync ${sync}`, recorded), file: '/data' });
  }
  const results = await inTurn(candidates);
  table(results);
  for (const { name } of results.slice(1)) ratios(results, name);
}

async function everyone(scratch: string, root: string, stops: Stops): Promise<void> {
  const gangway = await Gangway.start(join(scratch, 'data'), root);
  stops.push(() => gangway.stop());
  const inDocker = docker(root);
  stops.push(inDocker.stop);
  const overSsh = await ssh(scratch, sshPort);
  stops.push(overSsh.stop);
  const candidates: Entered[] = [
    { candidate: plainPty(), file: join(root, 'data') },
    { candidate: inDocker.candidate, file: '/data' },
    { candidate: overSsh.candidate, file: join(root, 'data') },
    { candidate: officialPlugin(gangway), file: '/data' },
    { candidate: gangwayExec(gangway), file: '/data' },
  ];
  const results = await inTurn(candidates);
  const memory = await memoryPerSession(gangway, sessions);
  print(`\nNode ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}\n`);
  table(results);
  ratios(results, 'gangway exec');
  print(`\nmemory per session at ${sessions} open sessions, shells not counted: ${memory.toFixed(0)} kB`);
  decisions();
}

if (process.env['NODE_EXTRA_CA_CERTS']) {
  // Node reads them at every start, also of who uses no TLS: with a whole bundle that is most of a first prompt.
  note('bench: NODE_EXTRA_CA_CERTS is not passed on; nothing here uses TLS');
  delete process.env['NODE_EXTRA_CA_CERTS'];
}
const missing = busyboxMissing();
if (missing) {
  note(`bench: ${missing}; it is the shell every contender runs`);
  process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'gangway-bench-'));
const stops: Stops = [];
try {
  const root = join(scratch, 'root');
  mkdirSync(root);
  const text = Buffer.from(
    randomBytes((terminalBytes / 4) * 3)
      .toString('base64')
      .replace(/(.{76})/g, '$1\n'),
  );
  makeBusyboxRoot(root, text);
  if (process.argv.includes('recording')) await recording(scratch, root, stops);
  else await everyone(scratch, root, stops);
} finally {
  for (const stop of stops.reverse()) await stop();
  rmSync(scratch, { recursive: true, force: true });
}
