import { ecsError } from './ecs-error.js';

/** Sizes of tasks: strings on the wire, CPU units (1024 a vCPU) and MiB in truth. */

const GIB = 1024;

/** CPU units -> MiB: least, most, step (ecs-api 3.2). 256 units allow 512, 1024 and 2048. */
const FARGATE_MEMORY: Readonly<Record<number, readonly [least: number, most: number, step: number]>> = Object.freeze({
  512: [1 * GIB, 4 * GIB, GIB],
  1024: [2 * GIB, 8 * GIB, GIB],
  2048: [4 * GIB, 16 * GIB, GIB],
  4096: [8 * GIB, 30 * GIB, GIB],
  8192: [16 * GIB, 60 * GIB, 4 * GIB],
  16384: [32 * GIB, 120 * GIB, 8 * GIB],
});

/** `1024`, `1 vCPU`, `.5vcpu` -> `1024`, `1024`, `512`. */
export function readCpu(cpu: string): string {
  return readSize(cpu, 'vcpu') ?? refuse('cpu');
}

/** `1024`, `1 GB`, `.5gb` -> `1024`, `1024`, `512`. */
export function readMemory(memory: string): string {
  return readSize(memory, 'gb') ?? refuse('memory');
}

function readSize(text: string, unit: string): string | undefined {
  const match = /^\s*([0-9]{1,9}|[0-9]{0,6}\.[0-9]{1,6})\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const [, number = '', suffix = ''] = match;
  const value = suffix.toLowerCase() === unit ? Number(number) * 1024 : suffix === '' ? Number(number) : NaN;
  return Number.isInteger(value) && value > 0 ? String(value) : undefined;
}

function refuse(what: 'cpu' | 'memory'): never {
  throw ecsError.client(
    `Invalid '${what}' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
  );
}

export function isFargateSize(cpu: string, memory: string): boolean {
  const mebibytes = Number(memory);
  if (cpu === '256') return [512, 1024, 2048].includes(mebibytes);
  const range = FARGATE_MEMORY[Number(cpu)];
  if (range === undefined) return false;
  const [least, most, step] = range;
  return mebibytes >= least && mebibytes <= most && (mebibytes - least) % step === 0;
}

/** Both are needed at the task level, as one of the pairs Fargate has. */
export function requireFargateSize(cpu: string | undefined, memory: string | undefined): void {
  if (cpu === undefined) throw ecsError.client("Fargate requires that 'cpu' be defined at the task level.");
  if (memory === undefined) throw ecsError.client("Fargate requires that 'memory' be defined at the task level.");
  if (!isFargateSize(cpu, memory)) {
    throw ecsError.client(`No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory.`);
  }
}
