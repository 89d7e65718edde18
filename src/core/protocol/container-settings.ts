/** What a task definition may ask of a container beyond its command. A runtime refuses by name what it cannot do. */
export interface ContainerSettings {
  /** An init as PID 1, which passes signals on and reaps. The sandbox always has one. */
  readonly initProcessEnabled?: boolean;
  /** CPU units: 1024 are one CPU. A share when CPUs are short, not a limit, as on container instances. */
  readonly cpu?: number;
  /** MiB, a hard limit. */
  readonly memory?: number;
  /** MiB, kept free for it. */
  readonly memoryReservation?: number;
  readonly ulimits?: readonly { readonly name: string; readonly softLimit: number; readonly hardLimit: number }[];
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly privileged?: boolean;
  readonly mounts?: readonly ContainerMount[];
  /** Absent, and `awsvpc`: the host's, where the task's endpoint is, until tasks have networks of their own. */
  readonly networkMode?: 'awsvpc' | 'bridge' | 'host' | 'none';
  readonly pidMode?: 'host' | 'task';
  /** Of mode bridge; host port 0 or absent: any free one. */
  readonly portMappings?: readonly {
    readonly containerPort: number;
    readonly hostPort?: number;
    readonly protocol?: string;
  }[];
  readonly healthCheck?: HealthCheck;
}

export interface ContainerMount {
  /** A directory of the host (absolute), or the name of a volume, which is made when it is not there. */
  readonly source: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** Times in seconds. */
export interface HealthCheck {
  /** `CMD`, `CMD-SHELL` or `NONE`, then the words. */
  readonly command: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly retries?: number;
  readonly startPeriod?: number;
}
