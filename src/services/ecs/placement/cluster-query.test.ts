import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { satisfies, type QuerySubject } from './cluster-query.js';
import { ClusterQueryError, parseClusterQuery } from './cluster-query-parser.js';

const instance: QuerySubject = {
  agentConnected: true,
  agentVersion: '1.99.2',
  ec2InstanceId: 'i-0123456789abcdef0',
  registeredAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  runningTasksCount: 3,
  taskGroups: ['service:api', 'family:job'],
  attributes: [
    { name: 'stack', value: 'production' },
    { name: 'ecs.instance-type', value: 'g2.2xlarge' },
    { name: 'ecs.availability-zone', value: 'us-east-1a' },
    { name: 'rack', value: '7' },
    { name: 'gpu' },
  ],
};

describe('expressions of the developer guide, and their opposites', () => {
  test.each([
    ['attribute:stack == production', true],
    ['attribute:stack==production', true],
    ['attribute:stack equals prod', false],
    ['attribute:stack != prod', true],
    ['attribute:none != prod', true],
    ['attribute:gpu exists', true],
    ['attribute:none exists', false],
    ['attribute:none !exists', true],
    ['attribute:stack not_exists', false],
    ['attribute:ecs.availability-zone in [us-east-1a, us-east-1b]', true],
    ["attribute:ecs.availability-zone !in ['us-east-1a','us-east-1b']", false],
    ['attribute:ecs.availability-zone not_in [eu-central-1a]', true],
    ['attribute:ecs.instance-type =~ g2.*', true],
    ['attribute:ecs.instance-type =~ 2.*', false],
    ['attribute:ecs.instance-type !~ t[23]\\.(nano|micro)', true],
    ['(attribute:ecs.instance-type =~ (g|p)2\\.2xlarge)', true],
    ['attribute:ecs.instance-type matches "^g2.{1,9}$"', true],
    ['attribute:rack < 10', true],
    ['attribute:rack > 10', false],
    ['attribute:stack < 10', false],
    ['agentConnected == true', true],
    ['agentConnected != true', false],
    ['agentVersion >= 1.50.2', true],
    ['agentVersion < 1.100', true],
    ['ec2InstanceId in ["i-0123456789abcdef0", i-1]', true],
    ['registeredAt < 2026-06-18T22:28:28+00:00', true],
    ['registeredAt greater_than 2026-06-18T22:28:28Z', false],
    ['runningTasksCount == 3', true],
    ['runningTasksCount greater_than_equal 4', false],
    ['runningTasksCount less_than_equal 3', true],
    ['task:group == service:api', true],
    ['task:group != service:api', false],
    ['not(task:group == database)', true],
    ['!(task:group == service:api)', false],
    ['not not agentConnected == true', true],
    ['attribute:stack == test or attribute:rack == 7 and agentConnected == true', true],
    ['(attribute:stack == test || attribute:rack == 7) && agentConnected == false', false],
    ['attribute:stack == a&&attribute:rack == 7||runningTasksCount > 2', true],
    ['agentConnected == true and not attribute:stack == production', false],
  ])('%s', (text, expected) => {
    expect(satisfies(instance, parseClusterQuery(text))).toBe(expected);
  });
});

describe('what is no expression is refused with its place', () => {
  test.each([
    ['', 1, 'a subject is expected'],
    ['attribute:', 1, 'unknown subject'],
    ['color == red', 1, "unknown subject 'color'"],
    ['attribute:color', 16, 'an operator is expected'],
    ['attribute:color = red', 17, 'an operator is expected'],
    ['attribute:color ==', 19, 'a value is expected'],
    ['attribute:color in red', 20, "'[' expected"],
    ['attribute:color in [red', 24, "']' expected"],
    ['(attribute:color == red', 24, "')' expected"],
    ['attribute:color == red)', 23, "unexpected ')'"],
    ['attribute:color == "red', 20, 'the quotation does not end'],
    ['attribute:color == red and', 27, 'a subject is expected'],
    ['attribute:color == red blue', 24, "unexpected 'b'"],
    ['attribute:color =~ a**b(', 25, 'it ends too early'],
    ['attribute:color =~ [a', 22, 'it ends too early'],
    ['attribute:color =~ *', 21, "nothing before '*'"],
    ['attribute:color =~ (a{99}){99}', 31, 'too long'],
    ['('.repeat(60), 51, 'nested too deeply'],
    ['a'.repeat(2001), 1, 'longer than 2000 characters'],
  ])('%s', (text, place, problem) => {
    let message = '';
    try {
      parseClusterQuery(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ClusterQueryError);
      message = (error as Error).message;
    }
    expect(message).toContain(`character ${place}: `);
    expect(message).toContain(problem);
  });
});

test('a pattern that makes backtracking matchers hang is decided at once', () => {
  const query = parseClusterQuery('attribute:stack =~ (a+)+(a|a)*(.*.*)*x');
  const long = { ...instance, attributes: [{ name: 'stack', value: 'a'.repeat(128) }] };
  const start = performance.now();
  expect(satisfies(long, query)).toBe(false);
  expect(performance.now() - start).toBeLessThan(1000);
});

test('patterns mean what they mean elsewhere', () => {
  const piece = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '\\d', 'c');
  const repeat = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{1,}');
  const pattern = fc.array(fc.tuple(piece, repeat), { minLength: 1, maxLength: 5 });
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '1'), { maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (pieces, characters) => {
      const source = pieces.flat().join('');
      const value = characters.join('');
      const subject = { ...instance, attributes: [{ name: 'x', value }] };
      expect(satisfies(subject, parseClusterQuery(`attribute:x =~ ${source}`))).toBe(
        new RegExp(`^(?:${source})$`).test(value),
      );
    }),
    { numRuns: 2000 },
  );
});

test('arbitrary text is an expression or refused, never anything else', () => {
  const token = fc.constantFrom(
    ...[
      'attribute:a',
      'task:group',
      'agentConnected',
      '==',
      '!=',
      '=~',
      '!',
      'not',
      'in',
      '[',
      ']',
      '(',
      ')',
      ',',
      '&&',
    ],
    ...['or', 'and', '"', "'", '*', '{2,3}', '\\', '^', '-', 'x', '5', 'exists', '<', '>=', ' ', '[a-', '|', '\n'],
  );
  const noise = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join(' ')),
    fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join('')),
  );
  fc.assert(
    fc.property(noise, (text) => {
      try {
        expect(typeof satisfies(instance, parseClusterQuery(text))).toBe('boolean');
      } catch (error) {
        if (!(error instanceof ClusterQueryError)) throw error;
        expect(error.message).toMatch(/^character [0-9]+: /);
      }
    }),
    { numRuns: 5000 },
  );
});
