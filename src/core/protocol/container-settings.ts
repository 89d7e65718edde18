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
  /** Of a container that is not part of a prepared task. */
  readonly networkMode?: 'awsvpc' | 'bridge' | 'host' | 'none';
  readonly pidMode?: 'host' | 'task';
  /** Of mode bridge; host port 0 or absent: any free one. */
  readonly portMappings?: readonly {
    readonly containerPort: number;
    readonly hostPort?: number;
    readonly protocol?: string;
  }[];
  readonly healthCheck?: HealthCheck;
  readonly extraHosts?: readonly { readonly hostname: string; readonly ipAddress: string }[];
  readonly dnsServers?: readonly string[];
  readonly dnsSearchDomains?: readonly string[];
  readonly systemControls?: readonly { readonly namespace: string; readonly value: string }[];
  /** Sizes in MiB. */
  readonly tmpfs?: readonly {
    readonly containerPath: string;
    readonly size: number;
    readonly mountOptions: readonly string[];
  }[];
  readonly sharedMemorySize?: number;
  readonly devices?: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly permissions: string;
  }[];
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
