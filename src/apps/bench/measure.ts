import { spawn } from 'node:child_process';
import type { Command, Contender } from './contender.js';
import { cpuSeconds } from './cpu.js';
import { Terminal, prompt } from './terminal.js';

export const megabyte = 1_000_000;

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Milliseconds from starting the client process to the prompt. */
export async function firstPrompt(contender: Contender): Promise<number> {
  const start = performance.now();
  const terminal = new Terminal(await contender.terminal());
  await terminal.until(prompt);
  const took = performance.now() - start;
  await terminal.end();
  return took;
}

/** Milliseconds from a key to its echo, for each of `keys` keys 5 to 25 ms apart. */
export async function keyEcho(terminal: Terminal, keys: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < keys; index += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    if (index % 60 === 59) {
      // A fresh line: line editors redraw more the longer the line is.
      terminal.forget();
      terminal.write('\x03');
      await terminal.until(prompt);
    }
    const key = String.fromCharCode(97 + (index % 26));
    terminal.forget();
    const start = performance.now();
    terminal.write(key);
    await terminal.until(key);
    times.push(performance.now() - start);
  }
  terminal.forget();
  terminal.write('\x03');
  await terminal.until(prompt);
  return times;
}

/** Terminal output in MB/s and CPU seconds spent by the contender's processes per 64 MB. */
export async function terminalOutput(
  contender: Contender,
  terminal: Terminal,
  file: string,
  bytes: number,
): Promise<{ rate: number; cpu: number }> {
  const pids = [...contender.servers(), terminal.pty.pid];
  await terminal.line('stty -onlcr -echo 2>/dev/null; true');
  const before = cpuSeconds(pids);
  const received = terminal.received;
  const start = performance.now();
  await terminal.line(`cat ${file}; echo`);
  const seconds = (performance.now() - start) / 1000;
  const count = terminal.received - received;
  if (count < bytes) throw new Error(`${contender.name}: ${count} of ${bytes} bytes came`);
  const cpu = ((cpuSeconds(pids) - before) * 64 * megabyte) / bytes;
  return { rate: bytes / megabyte / seconds, cpu };
}

function start(command: Command, stdio: ['pipe' | 'ignore', 'pipe', 'inherit']) {
  return spawn(command.file, [...command.args], { stdio, env: { ...process.env, ...command.environment } });
}

/** MB/s of `bytes` zeros read from the container through a pipe, start-up included. */
export async function pipedOutput(contender: Contender, bytes: number): Promise<number> {
  if (!contender.piped) return Number.NaN;
  const began = performance.now();
  const child = start(contender.piped(`head -c ${bytes} /dev/zero`), ['ignore', 'pipe', 'inherit']);
  let count = 0;
  child.stdout?.on('data', (chunk: Buffer) => (count += chunk.length));
  await new Promise((resolve) => child.on('close', resolve));
  if (count !== bytes) throw new Error(`${contender.name}: ${count} of ${bytes} bytes came out`);
  return bytes / megabyte / ((performance.now() - began) / 1000);
}

/** MB/s of random bytes sent into the container through a pipe, counted and digested there. */
export async function pipedInput(contender: Contender, bytes: number): Promise<number> {
  if (!contender.piped) return Number.NaN;
  const block = Buffer.alloc(1 << 20, 'gangway benchmark ');
  const began = performance.now();
  const child = start(contender.piped('wc -c'), ['pipe', 'pipe', 'inherit']);
  const stdin = child.stdin;
  const stdout = child.stdout;
  if (!stdin || !stdout) throw new Error('no pipes');
  let text = '';
  stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = new Promise((resolve) => child.on('close', resolve));
  for (let sent = 0; sent < bytes; sent += block.length) {
    const part = block.subarray(0, Math.min(block.length, bytes - sent));
    if (!stdin.write(part)) await new Promise((resolve) => stdin.once('drain', resolve));
  }
  stdin.end();
  await closed;
  if (text.trim() !== String(bytes)) throw new Error(`${contender.name}: ${text.trim()} of ${bytes} bytes went in`);
  return bytes / megabyte / ((performance.now() - began) / 1000);
}
