import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Why hosts cannot have a network of their own here; undefined when they can. */
export function networkUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'namespaces with cables between them are root’s to make';
  if (spawnSync('ip', ['-V']).status !== 0) return 'no ip (iproute2) on PATH';
  const name = `gw-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name]);
  spawnSync('ip', ['netns', 'del', name]);
  return made.status === 0 ? undefined : 'ip netns is not permitted here';
}

/** Runs `ip`; throws with what it said. */
function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

/**
 * Machines in network namespaces of their own, each with a cable to the one in the middle, and that one with a cable to
 * this machine. Nothing of it can be reached from outside.
 */
export class TestNetwork {
  /** As every machine reaches the one in the middle. */
  readonly address: string;
  readonly #id: string;
  readonly #third: number;
  #cables = 0;

  constructor() {
    this.#id = `gw${process.pid}`;
    this.#third = process.pid % 250;
    this.address = `10.199.${this.#third}.1`;
    ip('netns', 'add', this.#id);
    ip('-n', this.#id, 'link', 'set', 'lo', 'up');
    this.#cable('middle', this.address, `10.199.${this.#third}.2`);
  }

  /** What starts a program on the machine in the middle. */
  get launcher(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#id];
  }

  /** A machine more; resolves to what starts a program there. */
  machine(name: string): readonly string[] {
    const namespace = `${this.#id}-${name}`;
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    const [near, far] = this.#cable(name, undefined, undefined, namespace);
    ip('-n', namespace, 'route', 'add', this.address, 'via', near, 'src', far);
    return ['ip', 'netns', 'exec', namespace];
  }

  /** Pulls the cable of a machine, or puts it in again. */
  plug(name: string, state: 'up' | 'down'): void {
    ip('-n', this.#id, 'link', 'set', this.#interface(name), state);
  }

  /** Ends every process of a machine at once, as a power cut does. */
  cutPower(name: string): void {
    const { stdout } = spawnSync('ip', ['netns', 'pids', `${this.#id}-${name}`], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter((line) => line !== '')) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended with another one.
      }
    }
  }

  down(): void {
    for (const line of readFileSync('/proc/net/dev', 'utf8').split('\n')) {
      const [, device] = /^\s*(\S+):/.exec(line) ?? [];
      if (device?.startsWith(`${this.#id}m`) === true) spawnSync('ip', ['link', 'del', device]);
    }
    const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
    for (const [name] of stdout.matchAll(new RegExp(`^${this.#id}\\S*`, 'gm'))) spawnSync('ip', ['netns', 'del', name]);
  }

  #interface(name: string): string {
    return `c-${name}`.slice(0, 15);
  }

  #cable(name: string, nearAddress?: string, farAddress?: string, namespace?: string): [near: string, far: string] {
    this.#cables += 1;
    const near = nearAddress ?? `10.199.${this.#third}.${this.#cables * 4 + 1}`;
    const far = farAddress ?? `10.199.${this.#third}.${this.#cables * 4 + 2}`;
    const [here, there] = [`${this.#id}n${this.#cables}`, `${this.#id}m${this.#cables}`];
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there);
    ip('link', 'set', here, 'netns', this.#id);
    ip('-n', this.#id, 'link', 'set', here, 'name', this.#interface(name));
    ip('-n', this.#id, 'addr', 'add', `${near}/30`, 'dev', this.#interface(name));
    ip('-n', this.#id, 'link', 'set', this.#interface(name), 'up');
    const inside = namespace === undefined ? [] : ['-n', namespace];
    if (namespace !== undefined) ip('link', 'set', there, 'netns', namespace);
    ip(...inside, 'addr', 'add', `${far}/30`, 'dev', there);
    ip(...inside, 'link', 'set', there, 'up');
    return [near, far];
  }
}
