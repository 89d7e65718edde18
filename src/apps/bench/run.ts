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
const prompts = quick ? 3 : 10;
const keys = quick ? 100 : 600;
const terminalBytes = (quick ? 8 : 64) * megabyte;
const pipedBytes = (quick ? 64 : 512) * megabyte;
const sessions = quick ? 20 : 200;
const sshPort = 22_022;

interface Result {
  readonly name: string;
  readonly [column: string]: number | string;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

async function repeat(times: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let index = 0; index < times; index += 1) values.push(await measure());
  return quantile(values, 0.5);
}

async function measureOne(contender: Contender, file: string): Promise<Result> {
  note(`measuring ${contender.name}`);
  const first = await repeat(prompts, () => firstPrompt(contender));
  const terminal = new Terminal(await contender.terminal());
  await terminal.until(prompt);
  const echo = await keyEcho(terminal, keys);
  const output = await terminalOutput(contender, terminal, file, terminalBytes);
  await terminal.end();
  return {
    name: contender.name,
    first,
    echo: quantile(echo, 0.5),
    echo99: quantile(echo, 0.99),
    output: output.rate,
    cpu: output.cpu,
    out: await repeat(3, () => pipedOutput(contender, pipedBytes)),
    in: await repeat(3, () => pipedInput(contender, pipedBytes)),
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

/** `npm run bench -- recording`: what a record costs, with each kind of sync, beside a session without one. */
async function recording(scratch: string, root: string, stops: Stops): Promise<void> {
  const results: Result[] = [];
  for (const sync of ['os', 'always'] as const) {
    const gangway = await Gangway.start(join(scratch, `data-${sync}`), root, sync);
    stops.push(() => gangway.stop());
    const recorded = await gangway.recordedTask();
    if (sync === 'os') results.push(await measureOne(gangwayExec(gangway, 'not recorded'), '/data'));
    results.push(await measureOne(gangwayExec(gangway, `--record-sync ${sync}`, recorded), '/data'));
  }
  table(results);
  ratios(results, 'not recorded');
}

async function everyone(scratch: string, root: string, stops: Stops): Promise<void> {
  const gangway = await Gangway.start(join(scratch, 'data'), root);
  stops.push(() => gangway.stop());
  const inDocker = docker(root);
  stops.push(inDocker.stop);
  const overSsh = await ssh(scratch, sshPort);
  stops.push(overSsh.stop);
  const candidates: { candidate: Candidate; file: string }[] = [
    { candidate: plainPty(), file: join(root, 'data') },
    { candidate: inDocker.candidate, file: '/data' },
    { candidate: overSsh.candidate, file: join(root, 'data') },
    { candidate: officialPlugin(gangway), file: '/data' },
    { candidate: gangwayExec(gangway), file: '/data' },
  ];
  const results: Result[] = [];
  for (const { candidate, file } of candidates) {
    if ('skipped' in candidate) print(`skipped: ${candidate.name} (${candidate.skipped})`);
    else results.push(await measureOne(candidate, file));
  }
  const memory = await memoryPerSession(gangway, sessions);
  print(`\nNode ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}\n`);
  table(results);
  ratios(results, 'gangway exec');
  print(`\nmemory per session at ${sessions} open sessions, shells not counted: ${memory.toFixed(0)} kB`);
  decisions();
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
