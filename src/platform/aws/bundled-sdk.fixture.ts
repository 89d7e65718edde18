import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const PROGRAM = `
  import { GetCallerIdentityCommand, STSClient } from ${JSON.stringify(fileURLToPath(import.meta.resolve('@aws-sdk/client-sts')))};
  const sts = new STSClient({});
  sts.send(new GetCallerIdentityCommand({}))
    .then(async ({ Arn }) => console.log((await sts.config.credentials()).accessKeyId, Arn));
`;

/**
 * A program that prints the access key and ARN it has by the SDK's own search for credentials; all in one text, for
 * Node's stdin: a container may not see the files of this directory.
 */
export async function bundledSdk(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-sdk-'));
  try {
    const input = join(directory, 'program.mjs');
    writeFileSync(input, PROGRAM);
    const output = { format: 'cjs', codeSplitting: false } as const;
    const { output: chunks } = await build({ input, platform: 'node', write: false, logLevel: 'silent', output });
    return chunks[0].code;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
