#!/usr/bin/env node
'use strict';
// Makes a clone ready to run: installs the dependencies and compiles src/ when either is missing or stale.
// An installed package has no src/ and needs neither. Prints to stderr only: stdout belongs to the command.
// CommonJS, as all of bin/: the loader of ES modules takes Node 30 ms that `gangway exec` need not wait for.
const { existsSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

const root = join(__dirname, '..');
const stamp = join(root, 'dist', '.built');
const lock = join(root, '.preparing');

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Newest modification below a directory, directories included, so that a removed file counts too. */
function newest(directory) {
  let latest = modified(directory);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    // Not join(), which for so many costs more than looking at the files.
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) latest = Math.max(latest, newest(path));
    else if (!/\.(test|contract|fixture)\.ts$/.test(entry.name)) latest = Math.max(latest, modified(path));
  }
  return latest;
}

function run(what, command, args, quiet = false) {
  // Loaded late: `gangway exec` passes here every time and seldom has anything to run.
  const { spawnSync } = require('node:child_process');
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', quiet ? 'ignore' : 2, 2] });
  if (status !== 0) {
    process.stderr.write(`gangway: ${what} failed${error ? `: ${error.message}` : ''}\n`);
    process.exit(255);
  }
}

const dependenciesStale = () =>
  modified(join(root, 'node_modules', '.package-lock.json')) < modified(join(root, 'package-lock.json'));

const buildStale = () =>
  modified(stamp) < Math.max(newest(join(root, 'src')), modified(join(root, 'tsconfig.base.json')));

/** The same for one packed program: what else has changed is not its matter. */
function packedStale(packed) {
  try {
    const built = modified(stamp);
    return readFileSync(`${packed}.sources`, 'utf8')
      .split('\n')
      .map((source) => modified(`${root}/${source}`))
      .some((changed) => changed === 0 || changed > built);
  } catch {
    return true;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** One at a time: two installs into the same node_modules would leave neither whole. */
async function acquireLock() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(lock, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let holder = 0;
    try {
      holder = Number(readFileSync(lock, 'utf8'));
    } catch {
      continue;
    }
    if (holder > 0 && !alive(holder)) rmSync(lock, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `packed`: a packed program that is all that will be run. */
async function prepare(packed) {
  if (!existsSync(join(root, 'src'))) return;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`gangway: Node ${process.versions.node} is too old; Node 20.19 or newer is needed\n`);
    process.exit(255);
  }
  if (!dependenciesStale() && !(packed === undefined ? buildStale() : packedStale(packed))) return;
  await acquireLock();
  if (dependenciesStale()) {
    process.stderr.write('gangway: installing dependencies (once)\n');
    run('npm ci', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    const now = new Date();
    utimesSync(join(root, 'node_modules', '.package-lock.json'), now, now);
  }
  if (buildStale()) build();
  rmSync(lock, { force: true });
}

function build() {
  process.stderr.write('gangway: compiling\n');
  const started = new Date();
  run('the TypeScript compiler', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  // `gangway exec` in one file: finding and compiling a hundred small ones would double its start-up time.
  const cli = join(root, 'dist/apps/cli');
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
  const form = ['--platform', 'node', '--format', 'cjs', '--no-code-splitting'];
  const packed = join(cli, 'exec.packed.cjs');
  for (const name of readdirSync(cli)) if (name.startsWith('exec.packed.')) rmSync(join(cli, name));
  const output = ['--sourcemap', 'hidden', '-o', packed];
  run('packing', process.execPath, [rolldown, join(cli, 'exec-program.js'), ...form, ...output], true);
  writeFileSync(`${packed}.sources`, sourcesOf(`${packed}.map`).join('\n'));
  rmSync(`${packed}.map`);
  writeFileSync(stamp, '');
  // What was saved while the compiler ran is newer than what it read.
  utimesSync(stamp, started, started);
}

/** What of src/ a packed program was made from, by its source map. */
function sourcesOf(map) {
  const { sources } = JSON.parse(readFileSync(map, 'utf8'));
  return sources
    .map((source) => relative(root, join(dirname(map), source)))
    .filter((source) => source.startsWith('dist/'))
    .map((source) => source.replace(/^dist/, 'src').replace(/\.js$/, '.ts'));
}

exports.prepare = prepare;
if (require.main === module) void prepare();
