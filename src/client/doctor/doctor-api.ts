import type { XmlElement } from '../../platform/aws/outgoing/xml-element.js';

/** What the doctor asks with. It only reads. Everything rejects with an AwsError when the service answers with one. */
export interface DoctorApi {
  json(
    service: 'ecs' | 'ssm' | 'kms' | 'logs',
    operation: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
  query(
    service: 'sts' | 'iam' | 'ec2',
    action: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<XmlElement>;
  /** GetBucketEncryption: algorithm of the default encryption. */
  bucketEncryption(bucket: string): Promise<string>;
  /** What a program on the PATH prints for `--version`, in one line; undefined when there is none. */
  programVersion(program: string): Promise<string | undefined>;
}
