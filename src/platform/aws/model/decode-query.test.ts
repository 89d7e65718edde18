import { AssumeRoleRequest$ } from '@aws-sdk/client-sts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../aws-error.js';
import { decodeQuery } from './decode-query.js';
import { Everything } from './model-schemas.fixture.js';

class Missing extends Error {}
const decode = (query: string, schema: unknown = Everything): unknown =>
  decodeQuery(schema, new URLSearchParams(query), (path) => new Missing(path));

test('AssumeRole as the CLI sends it', () => {
  const query =
    'Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=s&DurationSeconds=900' +
    '&Tags.member.1.Key=k&Tags.member.1.Value=v+w&Tags.member.2.Key=l&Tags.member.2.Value=&PolicyArns.member.1.arn=p';
  expect(decode(query, AssumeRoleRequest$)).toEqual({
    RoleArn: 'arn:aws:iam::1:role/r',
    RoleSessionName: 's',
    DurationSeconds: 900,
    Tags: [
      { Key: 'k', Value: 'v w' },
      { Key: 'l', Value: '' },
    ],
    PolicyArns: [{ arn: 'p' }],
  });
});

test('every kind of value', () => {
  const query =
    'name=n&count=-1.5&flag=true&when=2026-01-02T03:04:05Z&data=AAH%2F&texts.member.1=a&texts.member.2=b' +
    '&table.entry.1.key=k&table.entry.1.value=v&table.entry.2.key=__proto__&table.entry.2.value=p' +
    '&inner.id=i&inner.Label=l&inners.member.1.id=1&self.name=s&self.self.name=t&Names.item.1=x&flat.1=y&choice.right=5';
  const result = decode(query) as { table: object };
  expect(Object.entries(result.table)).toEqual([
    ['k', 'v'],
    ['__proto__', 'p'],
  ]);
  expect({ ...result, table: undefined }).toEqual({
    name: 'n',
    count: -1.5,
    flag: true,
    when: new Date('2026-01-02T03:04:05Z'),
    data: new Uint8Array([0, 1, 255]),
    texts: ['a', 'b'],
    inner: { id: 'i', label: 'l' },
    inners: [{ id: '1' }],
    self: { name: 's', self: { name: 't' } },
    named: ['x'],
    flat: ['y'],
    choice: { right: 5 },
  });
});

test('items come in the order of their numbers, not of the fields', () => {
  expect(decode('name=n&texts.member.10=c&texts.member.2=b&texts.member.1=a')).toMatchObject({
    texts: ['a', 'b', 'c'],
  });
});

test('an empty list is a name without items', () => {
  expect(decode('name=n&texts=')).toEqual({ name: 'n', texts: [] });
});

test('the first of two equal fields counts, unknown ones are dropped', () => {
  expect(decode('name=a&name=b&other=1&other.member.1=2')).toEqual({ name: 'a' });
});

test('an absent required member is reported with its place', () => {
  expect(() => decode('count=1')).toThrow(new Missing('name'));
  expect(() => decode('name=n&inners.member.1.Label=l')).toThrow(new Missing('inners.1.member.id'));
});

test.each([
  'count=x',
  'count=',
  'flag=yes',
  'when=soon',
  'data=%25',
  'texts.member.x=1',
  'texts.member.0=1',
  'table.entry.-1.key=k',
])('%s is refused by name', (field) => {
  expect(() => decode(`name=n&${field}`)).toThrow(
    expect.objectContaining({
      code: 'MalformedQueryString',
      message: expect.stringContaining(field.split(/[.=]/)[0]!),
    }),
  );
});

test('too many fields or too deep a name are refused', () => {
  expect(() => decode('a=1&'.repeat(10_001))).toThrow(/too many parameters/);
  expect(() => decode(`name=n&${'self.'.repeat(1_000_000)}name=m`)).toThrow(/too many parameters/);
});

test('any text gives a value or a named error', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('name=', 'texts.member.', 'table.entry.1.', 'self.', '.', '=', '&', '%', '1'),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        decode(pieces.join(''));
      } catch (error) {
        expect(error instanceof AwsError || error instanceof Missing).toBe(true);
      }
    }),
  );
});
