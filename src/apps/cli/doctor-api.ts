import { execFile } from 'node:child_process';
import type { DoctorApi } from '../../client/doctor/doctor-api.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { HttpAnswer } from '../../platform/aws/outgoing/http-exchange.js';
import { childOf, parseXml, textOf } from '../../platform/aws/outgoing/xml-element.js';
import { IAM_VERSION } from '../create-task-role.js';
import type { Connection } from './connect.js';

const VERSIONS = Object.freeze({ sts: '2011-06-15', iam: IAM_VERSION, ec2: '2016-11-15' });

/** For a program to say its version; the AWS CLI may take seconds. */
const PROGRAM_TIMEOUT_MS = 30_000;

export function createDoctorApi({ call, query, rest }: Connection): DoctorApi {
  return {
    json: call,
    query: (service, action, parameters) => query(service, VERSIONS[service], action, parameters),
    async bucketEncryption(bucket) {
      const path = `/${encodeURIComponent(bucket)}?encryption`;
      return encryptionOf(await rest('s3', { method: 'GET', path, headers: {} }));
    },
    programVersion,
  };
}

function encryptionOf({ status, body, headers }: HttpAnswer): string {
  const root = parseXml(body);
  if (status === 200 && root?.name === 'ServerSideEncryptionConfiguration') {
    const applied = childOf(childOf(root, 'Rule'), 'ApplyServerSideEncryptionByDefault');
    return textOf(applied, 'SSEAlgorithm') ?? '';
  }
  const type = headers['x-amzn-errortype'];
  const code = textOf(root, 'Code') ?? (typeof type === 'string' ? type : `HTTP ${status}`);
  throw new AwsError(code, textOf(root, 'Message') ?? '', { status, fault: status >= 500 ? 'server' : 'client' });
}

function programVersion(program: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { timeout: PROGRAM_TIMEOUT_MS }, (error, stdout, stderr) => {
      const [line = ''] = (stdout.trim() || stderr.trim()).split('\n');
      if (error === null) resolve(line);
      else if (error.code === 'ENOENT') resolve(undefined);
      else resolve(`'${program} --version' failed: ${error.message.split('\n', 1)[0] ?? ''}`);
    });
  });
}
