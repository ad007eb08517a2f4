import { randomUUID } from 'node:crypto';

import { createIdIndex, formatId, packIds } from '#recommendations/histories/id-index.ts';
import { expect, test } from 'vitest';

test('finds the row of every id and of no other', () => {
  const ids = Array.from({ length: 1000 }, () => randomUUID());
  const table = createIdIndex(packIds(ids));

  expect(ids.map((id) => table.find(id))).toEqual([...ids.keys()]);
  expect(table.find(randomUUID())).toBe(-1);
  expect(table.find('no id')).toBe(-1);
});

test('finds ids that differ in their first or last byte only', () => {
  const ids = ['00', '01', '02', '03'].flatMap((byte) => [
    `${byte}000000-0000-7000-8000-000000000000`,
    `ff000000-0000-7000-8000-0000000000${byte}`,
  ]);
  const table = createIdIndex(packIds(ids));

  expect(ids.map((id) => table.find(id))).toEqual([...ids.keys()]);
});

test('gives ids back as they came', () => {
  const ids = [randomUUID(), randomUUID()];

  const bytes = packIds(ids);

  expect([formatId(bytes, 0), formatId(bytes, 1)]).toEqual(ids);
});
