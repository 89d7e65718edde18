import { expect, it } from 'vitest';
import { textTable } from './text-table.js';

it('a text table has columns as wide as their widest cell and no trailing blanks', () => {
  expect(
    textTable(
      ['ID', 'STATUS'],
      [
        ['long-id', 'ok'],
        ['x', ''],
      ],
    ),
  ).toBe('ID       STATUS\nlong-id  ok\nx\n');
});
