import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { DockerHost } from './docker-host.js';

/** The API version with which a terminal can be given its size before its process starts: Docker 23. */
const CONSOLE_SIZE_API = 1.42;

/** A daemon that does not say its version in this time does not work. */
const ANSWER_LIMIT_MS = 10_000;

/** A daemon that answers. */
export interface DockerEngine {
  readonly docker: Docker;
  /** Whether an exec takes the size of its terminal at its start; else it is told as soon as the process runs. */
  readonly sizesAtStart: boolean;
  /** Of the daemon's machine, in Go's words: `linux`, `amd64`. */
  readonly os: string;
  readonly architecture: string;
}

/** Connects, and asks for the version. Rejects with the client's error. */
export async function connectEngine(host: DockerHost, certificates?: string): Promise<DockerEngine> {
  // Loaded when a daemon is talked to, not by every program that can: it brings SSH and gRPC with it.
  const { default: Client } = await import('dockerode');
  const docker = new Client(clientOptions(host, certificates));
  const version = (await answered(docker, 'version')) as {
    ApiVersion: string;
    Os: string;
    Arch: string;
    Components?: { Name: string }[];
  };
  const podman = version.Components?.some(({ Name }) => Name.startsWith('Podman')) ?? false;
  return {
    docker,
    sizesAtStart: podman || minor(version.ApiVersion) >= minor(String(CONSOLE_SIZE_API)),
    os: version.Os,
    architecture: version.Arch,
  };
}

/** Rejects when the daemon does not answer, or not in time. */
export async function pingEngine({ docker }: DockerEngine): Promise<void> {
  await answered(docker, 'ping');
}

/** The types have no word for the signal that these requests take. */
function answered(docker: Docker, request: 'ping' | 'version'): Promise<unknown> {
  type Abortable = Record<typeof request, (options: { abortSignal: AbortSignal }) => Promise<unknown>>;
  return (docker as unknown as Abortable)[request]({ abortSignal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
}

/** `certificates`: a directory as `DOCKER_CERT_PATH` has it. Throws for a URL of no kind Docker has. */
function clientOptions(host: DockerHost, certificates: string | undefined): Docker.DockerOptions {
  const socket = /^unix:\/\/(.+)$/.exec(host)?.[1];
  // One connection for each request: none is kept open, and a restarted daemon is not talked to on a dead one.
  const agent = new Agent({ keepAlive: false });
  if (socket !== undefined) return { socketPath: socket, agent } as Docker.DockerOptions;
  const url = new URL(host);
  const secure = certificates !== undefined || url.protocol === 'https:';
  if (!['tcp:', 'http:', 'https:'].includes(url.protocol)) throw new Error(`DOCKER_HOST ${host} is not understood`);
  return {
    host: url.hostname,
    port: url.port === '' ? (secure ? 2376 : 2375) : Number(url.port),
    protocol: secure ? 'https' : 'http',
    ...(certificates !== undefined && {
      ca: readFileSync(join(certificates, 'ca.pem')),
      cert: readFileSync(join(certificates, 'cert.pem')),
      key: readFileSync(join(certificates, 'key.pem')),
    }),
  } as unknown as Docker.DockerOptions;
}

/** `1.41` → 41: every API version so far is 1.something. */
function minor(version: string): number {
  return Number(version.split('.')[1] ?? 0);
}
