import type { Fact } from './fact.js';
import type { Verdict } from './simulate.js';

export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  readonly userId: string;
  /** `aws`, `aws-cn`, … */
  readonly partition: string;
}

export interface ExecConfiguration {
  readonly kmsKeyId?: string;
  readonly logging?: string;
  readonly logConfiguration?: {
    readonly cloudWatchLogGroupName?: string;
    readonly cloudWatchEncryptionEnabled?: boolean;
    readonly s3BucketName?: string;
    readonly s3EncryptionEnabled?: boolean;
    readonly s3KeyPrefix?: string;
  };
}

interface Tag {
  readonly key?: string;
  readonly value?: string;
}

export interface Cluster {
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status?: string;
  readonly tags?: readonly Tag[];
  readonly configuration?: { readonly executeCommandConfiguration?: ExecConfiguration };
}

export interface Container {
  readonly name: string;
  readonly lastStatus?: string;
  readonly reason?: string;
  readonly runtimeId?: string;
  readonly managedAgents?: readonly {
    readonly name?: string;
    readonly lastStatus?: string;
    readonly reason?: string;
  }[];
}

export interface Task {
  readonly taskArn: string;
  readonly taskDefinitionArn: string;
  readonly containerInstanceArn?: string;
  readonly group?: string;
  readonly launchType?: string;
  readonly platformVersion?: string;
  readonly platformFamily?: string;
  readonly lastStatus?: string;
  readonly desiredStatus?: string;
  /** Of the host it is on. */
  readonly connectivity?: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly enableExecuteCommand?: boolean;
  readonly overrides?: {
    readonly taskRoleArn?: string;
    readonly containerOverrides?: readonly { readonly name?: string; readonly environment?: readonly Variable[] }[];
  };
  readonly containers?: readonly Container[];
  readonly attachments?: readonly {
    readonly details?: readonly { readonly name?: string; readonly value?: string }[];
  }[];
  readonly tags?: readonly Tag[];
}

export interface Variable {
  readonly name?: string;
  readonly value?: string;
}

export interface ContainerDefinition {
  readonly name: string;
  readonly readonlyRootFilesystem?: boolean;
  readonly linuxParameters?: { readonly initProcessEnabled?: boolean };
  readonly environment?: readonly Variable[];
  readonly secrets?: readonly Variable[];
  readonly logConfiguration?: { readonly logDriver?: string; readonly options?: Readonly<Record<string, string>> };
}

export interface TaskDefinition {
  readonly taskDefinitionArn?: string;
  readonly family: string;
  readonly revision: number;
  readonly taskRoleArn?: string;
  readonly networkMode?: string;
  readonly pidMode?: string;
  readonly containerDefinitions: readonly ContainerDefinition[];
}

export interface ContainerInstance {
  readonly containerInstanceArn?: string;
  readonly ec2InstanceId?: string;
  readonly agentConnected?: boolean;
  readonly versionInfo?: { readonly agentVersion?: string };
  readonly attributes?: readonly { readonly name?: string; readonly value?: string }[];
}

export interface Key {
  readonly arn: string;
  readonly keyState: string;
  readonly keyUsage: string;
}

export interface LogGroup {
  readonly logGroupName: string;
  readonly kmsKeyId?: string;
}

/** Where the session's record goes, of what the cluster and the container say. */
export interface LogTarget {
  readonly name: string;
  readonly mustBeEncrypted: boolean;
  /** Of the cluster, or of the container's own log driver. */
  readonly from: 'cluster' | 'container';
}

export interface BucketTarget {
  readonly name: string;
  readonly prefix: string | undefined;
  readonly mustBeEncrypted: boolean;
}

/** Whose policies decide. `undefined`: nobody's, the caller is the account's root. */
export type PolicySource = { readonly arn: string } | undefined;

/** A role as it acts for a task. */
export interface ActingRole {
  readonly arn: string;
  readonly from: 'task' | 'task definition' | 'instance';
}

export interface SubnetFacts {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly ownerId: string;
  readonly ipv6Native: boolean;
}

/** Everything that the checks look at; gathered once. */
export interface Facts {
  readonly region: string;
  readonly clusterName: string;
  /** As it was asked for: an id, or an ARN. */
  readonly taskReference: string;
  readonly containerName: string | undefined;
  readonly asked: { readonly command?: string | undefined; readonly user?: string | undefined };

  readonly awsCli: string | undefined;
  readonly plugin: string | undefined;

  readonly identity: Fact<Identity>;
  readonly caller: Fact<PolicySource>;
  /** `undefined` in a fact: there is no such thing. */
  readonly cluster: Fact<Cluster | undefined>;
  /** Names of clusters that there are, when this one is not. */
  readonly otherClusters: readonly string[];
  readonly task: Fact<Task | undefined>;
  /** Cluster that has the task, when this one does not. */
  readonly taskElsewhere: string | undefined;
  readonly definition: Fact<TaskDefinition>;
  /** Absent: the task is on none. */
  readonly instance?: Fact<ContainerInstance | undefined>;
  /** Those that exec may mean: the one named, or all. */
  readonly containers: readonly Container[];
  /** Status of GetConnectionStatus, by container. */
  readonly connections: ReadonlyMap<string, Fact<string>>;

  readonly key?: Fact<Key | undefined>;
  readonly logTarget?: LogTarget;
  readonly logGroup?: Fact<LogGroup | undefined>;
  readonly bucketTarget?: BucketTarget;
  /** Its algorithm of encryption; empty: none. */
  readonly bucket?: Fact<string | undefined>;

  readonly role: Fact<ActingRole | undefined>;
  readonly callerMay: {
    readonly executeCommand: Fact<readonly Verdict[]>;
    readonly startSession: Fact<readonly Verdict[]>;
    readonly generateDataKey?: Fact<readonly Verdict[]>;
  };
  readonly roleMay: {
    readonly channels: Fact<readonly Verdict[]>;
    readonly decrypt?: Fact<readonly Verdict[]>;
    readonly logs?: Fact<readonly Verdict[]>;
    readonly bucket?: Fact<readonly Verdict[]>;
  };

  readonly subnet: Fact<SubnetFacts | undefined>;
  /** Names of the services that the VPC has interface endpoints for. */
  readonly vpcEndpoints: Fact<readonly string[]>;
}
