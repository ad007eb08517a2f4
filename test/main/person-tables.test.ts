import * as customerTables from '#customers/tables.ts';
import { getTableName } from 'drizzle-orm';
import { expect, test } from 'vitest';

import { featurePersonTables } from '../../src/main/person-tables.ts';
import { placements } from '../../src/main/placements.ts';

test('a merge knows every table that is distributed by customer', () => {
  const own = Object.values(customerTables).map((table) => getTableName(table));
  const known = new Set([...own, ...featurePersonTables.map(({ table }) => getTableName(table))]);

  const distributed = Object.entries(placements)
    .filter(([, placement]) => typeof placement === 'object' && placement.distributedBy === 'customer_id')
    .map(([name]) => name);

  expect(distributed.filter((name) => !known.has(name))).toEqual([]);
});
