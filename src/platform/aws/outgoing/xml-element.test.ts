import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { element, text } from '../model/encode-xml.js';
import { AwsError } from '../aws-error.js';
import { readQueryAnswer } from './query-answer.js';
import { childOf, MAX_XML_DEPTH, membersOf, parseXml, textOf } from './xml-element.js';

test('whatever text our endpoint writes is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      // What XML cannot hold was replaced when it was written.
      const sent = value.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
      expect(textOf(parseXml(element('a', element('b', text(value)))), 'b')).toBe(sent);
    }),
  );
});

test('an answer as AWS writes it: declaration, attributes, empty elements, numbered characters', () => {
  const root = parseXml(
    '<?xml version="1.0"?>\n<R xmlns="https://x/"><L>\n <member>&#65;&#x42;</member><member a=\'>\'/></L><E/></R>\n',
  );
  expect(membersOf(root, 'L').map((one) => one.text)).toEqual(['AB', '']);
  expect(childOf(root, 'E')).toEqual({ name: 'E', text: '', children: [] });
  expect(membersOf(root, 'E')).toEqual([]);
  expect(textOf(root, 'F')).toBeUndefined();
});

describe('is refused', () => {
  const deep = '<a>'.repeat(MAX_XML_DEPTH) + '</a>'.repeat(MAX_XML_DEPTH);
  test.each([
    '',
    'text',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<a>&nbsp;</a>',
    '<a>& </a>',
    '<!DOCTYPE a><a/>',
    '<a',
    deep,
  ])('%s', (source) => {
    expect(parseXml(source)).toBeUndefined();
  });

  test('without an exception, whatever it is', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '&',
      '&#x110000;',
      '&lt;',
      '<a>',
      '</a>',
      '="',
      "'",
      '<!--',
      '-->',
      '<?',
      ' ',
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => void parseXml(pieces.join(''))));
  });
});

test('an error of a query service is an AwsError; what is none says so', () => {
  const answer = (status: number, body: string) => () =>
    readQueryAnswer('Get', { status, headers: {}, body, bytes: Buffer.from(body) });
  const error =
    '<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>a &amp; b</Message></Error></ErrorResponse>';
  expect(answer(404, error)).toThrow(expect.objectContaining({ code: 'NoSuchEntity', message: 'a & b', status: 404 }));
  expect(answer(502, 'Bad Gateway')).toThrow(
    expect.objectContaining({ code: 'HTTP 502', message: 'Bad Gateway', fault: 'server' }),
  );
  expect(answer(200, '<Other/>')).toThrow(AwsError);
  expect(answer(200, '<GetResponse><ResponseMetadata/></GetResponse>')()).toMatchObject({ children: [] });
});
