import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsClient } from '../../platform/aws/aws-client.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { childOf, textOf } from '../../platform/aws/outgoing/xml-element.js';
import { Secret } from '../../platform/aws/secret.js';
import { BEA, openSts, policy, region, roleArn, RoleSessionName, trust } from './sts.fixture.js';

/** What AssumeRole and every query service may answer with, by AWS's model and its list of common errors. */
const CODES = new Set([
  ...['AccessDenied', 'MalformedPolicyDocument', 'PackedPolicyTooLarge', 'RegionDisabledException', 'ExpiredToken'],
  ...['ValidationError', 'MissingParameter', 'InvalidParameterValue', 'InvalidParameterCombination'],
  ...['MalformedInput', 'MalformedQueryString', 'InvalidQueryParameter'],
]);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '*',
    '../..',
    '__proto__',
    'constructor',
    '%00',
    '<a>&',
    '𝒶',
    '-1',
    '1e3',
    '900',
    'x'.repeat(5000),
  ),
);
const document = fc.oneof(
  text,
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(policy('iam:*'), '{}', '[]', 'null', '['.repeat(2000), `{"Version":"2012-10-17","Statement":[]}`),
);
const likely = (good: string, bad: fc.Arbitrary<string> = text) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: bad });
const arn = fc.oneof(
  text,
  text.map((name) => roleArn(name)),
  fc.constantFrom(roleArn('dev').replace('1111', '9999'), roleArn('x/dev'), 'arn:aws:iam::111122223333:user/bea'),
);
const GOOD = { RoleArn: roleArn('dev'), RoleSessionName };
const one = (name: string, value: fc.Arbitrary<string>) => value.map((said): [string, string] => [name, said]);
const path = fc
  .array(fc.constantFrom('Tags', 'PolicyArns', 'member', 'entry', '1', '0', '-1', '999999999', '__proto__', 'Key'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join('.'));
/** A few things wrong, or odd, at a time: with more of them only the first would ever be looked at. */
const hostile = fc
  .array(
    fc.oneof(
      one('RoleArn', arn),
      one('RoleSessionName', text),
      one('DurationSeconds', fc.oneof(text, fc.integer().map(String), fc.integer({ min: 880, max: 3620 }).map(String))),
      one('ExternalId', likely('e-1')),
      one('SourceIdentity', likely('bea')),
      one('Policy', document),
      one('PolicyArns.member.1.arn', likely('arn:aws:iam::aws:policy/AdministratorAccess')),
      one('SerialNumber', text),
      one('TokenCode', text),
      one('Tags.member.1.Key', likely('team')),
      one('Tags.member.1.Value', likely('red')),
      one('Tags.member.2.Key', likely('team')),
      one('TransitiveTagKeys.member.1', likely('team')),
      fc.tuple(fc.oneof(path, text), text),
    ),
    { maxLength: 4 },
  )
  .map((changes): Record<string, string> => ({ ...GOOD, ...Object.fromEntries(changes) }));

test(
  'whatever AssumeRole is asked, it answers with credentials or an error of the model',
  { timeout: 90_000 },
  async () => {
    const { url, bea, role, sessions } = await openSts();
    await role('dev', trust(BEA));
    const credentials = { accessKeyId: bea.AccessKeyId, secretAccessKey: new Secret(bea.SecretAccessKey) };
    const client = new AwsClient({
      endpoint: url,
      region,
      attempts: 1,
      credentials: () => Promise.resolve(credentials),
    });
    const seen = { made: 0, refused: new Set<string>() };
    const ask = async (parameters: Record<string, string>): Promise<void> => {
      let id: string | undefined;
      try {
        const result = await client.query('sts', '2011-06-15', 'AssumeRole', parameters);
        id = textOf(childOf(result, 'Credentials'), 'AccessKeyId') ?? '';
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        expect([error.status, error.code, error.message], JSON.stringify(parameters)).toEqual([
          error.code === 'AccessDenied' ? 403 : 400,
          expect.toSatisfy((code: string) => CODES.has(code)),
          expect.stringMatching(/./),
        ]);
        seen.refused.add(error.code);
        return;
      }
      seen.made += 1;
      expect((await sessions.find(id))?.caller.session?.roleArn).toBe(roleArn('dev'));
    };
    await fc.assert(fc.asyncProperty(hostile, ask), { numRuns: 400 });
    client.close();
    // Neither always the one nor always the other, or the property says little.
    expect(seen.made).toBeGreaterThan(0);
    expect(seen.refused.size).toBeGreaterThan(2);
  },
);
