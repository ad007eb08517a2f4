import { upsertCustomers } from '#customers/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { openShop, type Shop } from '../shop.ts';
import { execute, query, firstError } from '../../support/query.ts';
import type { Variables } from '../../support/typed-text.ts';
import { plainId } from '../../support/global-ids.ts';
import { insertCustomers } from '../../customers/seed.ts';

let app: TestApp;
let shop: Shop;
beforeAll(async () => {
  app = await openTestApp();
  shop = await openShop(app, 12);
  await app.db.query('update customers set last_seen_at = null where id = any($1::uuid[])', [
    shop.buyers.slice(0, 4),
  ]);
});
afterAll(() => app.close());

const PAGE = `query ($filter: String, $search: String, $sort: CustomerSort, $first: Int, $after: String, $last: Int, $before: String) {
  customers(filter: $filter, search: $search, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
    nodes { id profile { orderCount lastOrderAt revenue { amount } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function page(variables: Variables<typeof PAGE>) {
  const data = await query(app, PAGE, variables);
  return data.customers!;
}

async function idsOf(variables: Variables<typeof PAGE>): Promise<string[]> {
  return (await page(variables)).nodes.map(({ id }) => plainId(id));
}

test('answers a page with profiles in one statement', async () => {
  app.resetStatements();
  const { nodes } = await page({ first: 10, sort: 'REVENUE_DESC', filter: 'number_of_orders > 2' });

  expect(nodes.map(({ profile }) => profile!.orderCount)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3]);
  expect(app.statements).toHaveLength(1);
});

test('reads no profile where none is asked for, and counts only when asked', async () => {
  app.resetStatements();
  await execute(app, '{ customers { nodes { country } } }');
  expect(app.statements).toHaveLength(1);
  expect(app.statements[0]).not.toContain('customer_profiles');

  const data = await query(app, `{ customers(filter: "country = 'GB'", first: 1) { totalCount } }`);
  expect(data.customers!.totalCount).toBe(6);
});

const bases = ['CREATED_AT', 'LAST_SEEN_AT', 'REVENUE', 'ORDER_COUNT', 'LAST_ORDER_AT'] as const;

test.each(bases)('walks %s to the end and back, both ways, each person once', async (base) => {
  for (const sort of [`${base}_DESC`, `${base}_ASC`] as const) {
    const all = await idsOf({ sort, first: 100 });
    expect(new Set(all).size).toBe(shop.buyers.length);

    for (const [size, from, to, move] of [
      ['first', 'after', 'endCursor', (found: string[], next: string[]) => [...found, ...next]],
      ['last', 'before', 'startCursor', (found: string[], next: string[]) => [...next, ...found]],
    ] as const) {
      let found: string[] = [];
      let cursor: string | null = null;
      for (;;) {
        const { nodes, pageInfo } = await page({ sort, [size]: 5, [from]: cursor });
        found = move(
          found,
          nodes.map(({ id }) => plainId(id)),
        );
        cursor = pageInfo[to];
        if (!(size === 'first' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) break;
      }
      expect(found).toEqual(all);
    }
  }
});

test('ascending is descending from its end, and nobody seen never comes first', async () => {
  for (const base of bases) {
    const descending = await idsOf({ sort: `${base}_DESC`, first: 100 });
    expect(await idsOf({ sort: `${base}_ASC`, first: 100 })).toEqual(descending.toReversed());
  }
  const seen = await idsOf({ sort: 'LAST_SEEN_AT_DESC', first: 100 });
  expect(seen.slice(-4).toSorted()).toEqual(shop.buyers.slice(0, 4).toSorted());
});

test('a page between two cursors holds what lies between', async () => {
  for (const sort of bases.flatMap((base) => [`${base}_DESC`, `${base}_ASC`] as const)) {
    const all = await idsOf({ sort, first: 100 });
    const start = (await page({ sort, first: 2 })).pageInfo.endCursor;
    const end = (await page({ sort, last: 3 })).pageInfo.startCursor;

    expect(await idsOf({ sort, first: 100, after: start, before: end })).toEqual(all.slice(2, -3));
  }
});

test('a cursor goes on at its place after people were added before it', async () => {
  const all = await idsOf({ first: 100 });
  const { pageInfo } = await page({ first: 4 });
  const added = await insertCustomers(app.db, 3, { createdAt: new Date('2030-01-01T00:00:00Z') });

  expect(await idsOf({ first: 100, after: pageInfo.endCursor })).toEqual(all.slice(4));
  await app.db.query('delete from customers where id = any($1::uuid[])', [added]);
});

test('a person without a profile has an empty one', async () => {
  const added = await insertCustomers(app.db, 1, { createdAt: new Date('2030-01-01T00:00:00Z') });
  app.resetStatements();
  const { nodes } = await page({ first: 1 });

  expect(nodes).toEqual([
    expect.objectContaining({ profile: { orderCount: 0, lastOrderAt: null, revenue: { amount: '0.00' } } }),
  ]);
  expect(app.statements).toHaveLength(1);
  await app.db.query('delete from customers where id = any($1::uuid[])', [added]);
});

test('finds people by search and rule together', async () => {
  const outcomes = await upsertCustomers(app, [
    { identities: [], name: 'Ada Lovelace', email: 'ada@example.com', country: 'GB' },
    { identities: [], name: 'Ada Yonath', email: 'yonath@example.org', country: 'IL' },
  ]);
  const ids = outcomes.map(({ customerId }) => customerId);
  await refreshDerivedData(app, ids);

  expect(await idsOf({ search: 'ada' })).toEqual(expect.arrayContaining(ids));
  expect(await idsOf({ search: 'ada', filter: "country = 'IL'" })).toEqual([ids[1]]);
  expect(await idsOf({ search: 'ada@example.com', sort: 'REVENUE_DESC' })).toEqual([ids[0]]);
  expect(await idsOf({ search: '!!' })).toEqual([]);
  expect(await idsOf({ search: "'; drop table customers; --" })).toEqual([]);
});

test.each([
  ['a rule that cannot be read', { filter: 'number_of_orders >' }],
  ['an unknown attribute', { filter: 'numbr_of_orders > 1' }],
  ['a cursor of another order', { sort: 'REVENUE_DESC', after: 'x' }],
  ['a made-up cursor', { after: Buffer.from('["CREATED_AT_DESC","x","y"]').toString('base64url') }],
  ['too large a page', { first: 1000 }],
  ['both directions', { first: 1, last: 1 }],
] as const)('refuses %s as bad input', async (_, variables) => {
  const error = await firstError(app, PAGE, variables);

  expect(error.code).toBe('BAD_USER_INPUT');
});

test('tells where a filter cannot be read', async () => {
  const error = await firstError(app, PAGE, { filter: 'number_of_order > 1' });

  expect(error.extensions['problems']).toEqual([
    expect.objectContaining({ line: 1, column: 1, offset: 0, length: 15, suggestion: 'number_of_orders' }),
  ]);
});
