import { recomputeProfiles } from '#profiles/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query, textLike } from '../support/query.ts';
import { insertCustomers } from '../customers/seed.ts';
import { insertOrders } from '../events/seed.ts';
import { insertProduct } from '../catalog/seed.ts';

const NOW = new Date('2026-06-01T12:00:00Z');

let app: TestApp;
let buyerId: string;
let visitorId: string;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  const product = await insertProduct(app.db, { category: 'Kitchen', keywords: ['tea'] });
  [buyerId, visitorId] = (await insertCustomers(app.db, 2)) as [string, string];
  await insertOrders(
    app.db,
    [0, 1, 2].map((order) => ({
      customerId: buyerId,
      kind: 'sale' as const,
      placedAt: new Date(Date.UTC(2026, 4, 2 + 7 * order, 9)),
      lines: [{ product, quantity: 1, unitPrice: '10.125' }],
    })),
  );
  await recomputeProfiles(app);
});
afterAll(() => app.close());

const PROFILE_FIELDS = [
  'orderCount',
  'revenue { amount currency }',
  'averageOrderValue { amount }',
  'firstOrderAt',
  'lastOrderAt',
  'recencyDays',
  'averageGapDays',
  'itemCount',
  'distinctProductCount',
  'returnCount',
  'returnRate',
  'preferredWeekday',
  'preferredHour',
  'rfm { recency frequency monetary group }',
  'topCategories { category revenue { amount } share }',
  'interests { keyword weight }',
  'tags { name rule }',
  'computedAt',
];
const PROFILE = `profile { ${PROFILE_FIELDS.join(' ')} }`;

async function readProfile(id: string, selection: string): Promise<Record<string, unknown>> {
  type Like = 'query ($id: ID!) { customer(by: { id: $id }) { profile { orderCount } } }';
  const text = `query ($id: ID!) { customer(by: { id: $id }) { ${selection} } }`;
  const data = await query(app, textLike<Like>(text), { id });
  return data.customer!.profile!;
}

test('answers every figure of a profile', async () => {
  expect(await readProfile(buyerId, PROFILE)).toEqual({
    orderCount: 3,
    revenue: { amount: '30.375', currency: 'GBP' },
    averageOrderValue: { amount: '10.125' },
    firstOrderAt: '2026-05-02T09:00:00.000Z',
    lastOrderAt: '2026-05-16T09:00:00.000Z',
    recencyDays: 16.125,
    averageGapDays: 7,
    itemCount: 3,
    distinctProductCount: 1,
    returnCount: 0,
    returnRate: 0,
    preferredWeekday: 6,
    preferredHour: 9,
    rfm: { recency: 1, frequency: 1, monetary: 1, group: 'DORMANT' },
    topCategories: [{ category: 'Kitchen', revenue: { amount: '30.375' }, share: 1 }],
    interests: [{ keyword: 'tea', weight: 1 }],
    tags: [
      { name: 'repeat_buyer', rule: 'number_of_orders >= 2' },
      { name: 'weekend_shopper', rule: 'number_of_orders >= 3 AND preferred_weekday IN (6, 7)' },
    ],
    computedAt: NOW.toISOString(),
  });
});

test('answers an empty profile for somebody who has done nothing, computed or not', async () => {
  const [unknownId] = await insertCustomers(app.db, 1);
  for (const id of [visitorId, unknownId]) {
    expect(await readProfile(id!, PROFILE)).toMatchObject({
      orderCount: 0,
      revenue: { amount: '0.00' },
      averageOrderValue: null,
      recencyDays: null,
      rfm: null,
      topCategories: [],
      interests: [],
      tags: [],
      computedAt: NOW.toISOString(),
    });
  }
});

test('answers each field alone as beside all others, and reads no more for it', async () => {
  const ask = (fields: string) => readProfile(buyerId, fields);
  const whole = await ask(PROFILE);
  for (const field of PROFILE_FIELDS) {
    const [name] = field.split(' ');
    expect(await ask(`profile { ${field} }`)).toEqual({ [name!]: whole[name!] });
  }
  app.resetStatements();
  await ask('profile { orderCount }');

  const text = app.statements.find((statement) => statement.includes('customer_profiles'));
  expect(text).toContain('order_count');
  expect(text).not.toContain('interests');
});

test('reads the profiles of any number of people in one statement', async () => {
  const ids = await insertCustomers(app.db, 20);
  const people = ids.map(
    (id, index) => `p${index}: customer(by: { id: "${id}" }) { profile { orderCount } }`,
  );
  app.resetStatements();
  await query<string>(app, `{ ${people.join('\n')} }`);

  expect(app.statements.filter((text) => text.includes('customer_profiles'))).toHaveLength(1);
});
