import { expect, test } from 'vitest';
import { readQueryAnswer } from './query-answer.js';
import { itemsOf, textOf } from './xml-element.js';

const answer = (body: string, status = 200) => ({ status, headers: {}, body, bytes: Buffer.from(body) });

test("EC2's answers: what there is stands directly in the response, and errors in a list", () => {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<DescribeXResponse xmlns="http://ec2/"><requestId>r</requestId>' +
    '<xSet><item><id>x-1</id></item><item><id>x-2</id></item></xSet></DescribeXResponse>';
  const items = itemsOf(readQueryAnswer('DescribeX', answer(body)), 'xSet');
  expect(items.map((item) => textOf(item, 'id'))).toEqual(['x-1', 'x-2']);
  const failure =
    '<Response><Errors><Error><Code>Invalid.NotFound</Code><Message>no &lt;x&gt;</Message></Error></Errors>' +
    '<RequestID>r</RequestID></Response>';
  expect(() => readQueryAnswer('DescribeX', answer(failure, 400))).toThrow(
    expect.objectContaining({ code: 'Invalid.NotFound', message: 'no <x>', status: 400 }),
  );
});

test('an operation of the other services that answers nothing has no members, not those of the response', () => {
  const body = '<DeleteXResponse><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DeleteXResponse>';
  expect(readQueryAnswer('DeleteX', answer(body))).toEqual({ name: 'DeleteXResult', text: '', children: [] });
});
