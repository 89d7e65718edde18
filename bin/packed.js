'use strict';
// Loads the packed program with what V8 knew of it after its last run. Compiling 400 kB anew takes a third of what
// `gangway exec` does before its first request.
const { readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

/** The exports of a packed program. */
exports.loadPacked = (file) => {
  const { mtimeMs, size } = statSync(file);
  // V8 compares no more than the length of the source: what else tells two builds apart must be in the name.
  const kept = `${file}.${process.version}-${process.arch}-${Math.trunc(mtimeMs)}-${size}.cache`;
  const cachedData = read(kept);
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const script = new Script(source, { filename: file, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  // Not the two native parts that ws would use if somebody had installed them: looking for them takes a while.
  process.env['WS_NO_BUFFER_UTIL'] = '1';
  process.env['WS_NO_UTF_8_VALIDATE'] = '1';
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  // At the end, so that it has the functions that were used; a run that failed early, or only asked for help, has
  // used few. (`-h` may also be the command's own: then the next run keeps it.)
  const brief = process.argv.some((argument) => argument === '-h' || argument === '--help');
  if (!brief && (cachedData === undefined || script.cachedDataRejected)) {
    process.once('exit', (status) => status === 0 && keep(kept, script));
  }
  return module.exports;
};

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Where it cannot be written, for example because another user has installed the package, every run compiles. */
function keep(path, script) {
  const whole = `${path}.${process.pid}`;
  try {
    writeFileSync(whole, script.createCachedData());
    renameSync(whole, path);
  } catch {
    rmSync(whole, { force: true });
  }
}
