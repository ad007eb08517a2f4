import { readProfiles, type ProfileRow } from '#profiles/queries.ts';
import { recomputeProfiles, refreshProfiles } from '#profiles/service.ts';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { insertCustomers } from '../customers/seed.ts';
import { insertOrders, type ShopOrder } from '../events/seed.ts';
import { insertProduct, type ShopProduct } from '../catalog/seed.ts';

const NOW = new Date('2026-06-01T12:00:00Z');

let app: TestApp;
let teapot: ShopProduct;
let teacup: ShopProduct;
let lamp: ShopProduct;
let postage: ShopProduct;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  teapot = await insertProduct(app.db, { category: 'Kitchen > Tea', keywords: ['tea', 'red'] });
  teacup = await insertProduct(app.db, { category: 'Kitchen > Tea', keywords: ['tea', 'white'] });
  lamp = await insertProduct(app.db, { category: 'Light', keywords: ['lamp', 'red'] });
  postage = await insertProduct(app.db, { kind: 'service', category: 'Fees', keywords: ['post'] });
});
afterAll(() => app.close());

async function profileOf(customerId: string): Promise<ProfileRow> {
  return (await readProfiles(app.db, [customerId]))[0]!;
}

test('computes a history of two sales, a return and an adjustment as worked by hand', async () => {
  const [customerId] = await insertCustomers(app.db, 1);
  await insertOrders(app.db, [
    {
      customerId: customerId!,
      kind: 'sale',
      placedAt: new Date('2026-01-05T09:30:00Z'),
      lines: [
        { product: teapot, quantity: 2, unitPrice: '10.05' },
        { product: postage, quantity: 1, unitPrice: '4.90' },
      ],
    },
    {
      customerId: customerId!,
      kind: 'sale',
      placedAt: new Date('2026-01-19T09:59:59Z'),
      lines: [
        { product: teapot, quantity: 6, unitPrice: '10' },
        { product: lamp, quantity: 2, unitPrice: '20' },
      ],
    },
    {
      customerId: customerId!,
      kind: 'return',
      placedAt: new Date('2026-02-01T00:00:00Z'),
      lines: [{ product: lamp, quantity: -1, unitPrice: '20' }],
    },
    {
      customerId: customerId!,
      kind: 'adjustment',
      placedAt: new Date('2026-03-01T00:00:00Z'),
      lines: [{ product: lamp, quantity: -100, unitPrice: '20' }],
    },
  ]);

  await refreshProfiles(app.db, [customerId!], NOW);

  expect(await profileOf(customerId!)).toMatchObject({
    orderCount: 2,
    returnCount: 1,
    revenue: '105.0000',
    averageOrderValue: '62.5000',
    firstOrderAt: new Date('2026-01-05T09:30:00Z'),
    lastOrderAt: new Date('2026-01-19T09:59:59Z'),
    averageGapDays: 14,
    itemCount: 10,
    distinctProductCount: 2,
    returnRate: 0.1,
    preferredWeekday: 1,
    preferredHour: 9,
    topCategories: [
      { category: 'Kitchen > Tea', revenue: '80.1000', share: 0.8002 },
      { category: 'Light', revenue: '20.0000', share: 0.1998 },
    ],
    tags: ['repeat_buyer'],
    computedAt: NOW,
  });
});

test('weights interests by keyword rarity and by the age of a purchase at the last sale', async () => {
  await recomputeProfiles(app);
  const [customerId] = await insertCustomers(app.db, 1);
  await insertOrders(app.db, [
    {
      customerId: customerId!,
      kind: 'sale',
      placedAt: new Date('2026-01-01T00:00:00Z'),
      lines: [{ product: teacup, quantity: 50, unitPrice: '1' }],
    },
    {
      customerId: customerId!,
      kind: 'sale',
      placedAt: new Date('2026-06-30T00:00:00Z'),
      lines: [{ product: lamp, quantity: 1, unitPrice: '1' }],
    },
  ]);

  await refreshProfiles(app.db, [customerId!], NOW);

  // Three products: one has `lamp`, one `white`, two `red`, two `tea`; the teacup is one half-life old.
  const rare = 1 + Math.log(4 / 2);
  const common = 1 + Math.log(4 / 3);
  const { interests } = await profileOf(customerId!);
  expect(interests.map(({ keyword }) => keyword)).toEqual(['lamp', 'red', 'white', 'tea']);
  expect(interests.map(({ weight }) => weight)).toEqual(
    [1, common / rare, 0.5, common / rare / 2].map((weight): unknown => expect.closeTo(weight, 3)),
  );
});

test('gives somebody without orders a profile of zeros and the group prospects', async () => {
  const [customerId] = await insertCustomers(app.db, 1);

  await refreshProfiles(app.db, [customerId!], NOW);

  expect(await profileOf(customerId!)).toMatchObject({
    orderCount: 0,
    revenue: '0.0000',
    lastOrderAt: null,
    returnRate: null,
    rfmRecency: null,
    rfmGroup: 'prospects',
    topCategories: [],
    interests: [],
    tags: [],
  });
});

test('leaves out people who were merged into others, and forgets what was computed for them', async () => {
  const [keptId, droppedId] = await insertCustomers(app.db, 2);
  await refreshProfiles(app.db, [keptId!, droppedId!], NOW);
  await app.db.query('update customers set merged_into_id = $1 where id = $2', [keptId, droppedId]);

  await recomputeProfiles(app);

  expect((await readProfiles(app.db, [keptId!, droppedId!])).map((row) => row.customerId)).toEqual([keptId]);
});

test('scores fifths of the buyers, whatever the time of day', async () => {
  const other = await openTestApp();
  const buyers = await insertCustomers(other.db, 10);
  const product = await insertProduct(other.db);
  await insertOrders(
    other.db,
    buyers.flatMap((customerId, index) =>
      Array.from({ length: index + 1 }, (_, order) => ({
        customerId,
        kind: 'sale' as const,
        placedAt: new Date(Date.UTC(2026, 0, 1 + index, order)),
        lines: [{ product, quantity: 1, unitPrice: '1' }],
      })),
    ),
  );
  const scores = async () =>
    new Map(
      (await readProfiles(other.db, buyers)).map((row) => [
        row.customerId,
        [row.rfmRecency, row.rfmFrequency, row.rfmMonetary, row.rfmGroup],
      ]),
    );

  other.setNow(new Date('2026-02-01T00:00:01Z'));
  await recomputeProfiles(other);
  const atNight = await scores();
  other.setNow(new Date('2026-02-01T23:59:59Z'));
  await recomputeProfiles(other);

  expect(await scores()).toEqual(atNight);
  expect(buyers.map((id) => atNight.get(id))).toEqual([
    [1, 1, 1, 'dormant'],
    [1, 1, 1, 'dormant'],
    [2, 2, 2, 'almost_lost'],
    [2, 2, 2, 'almost_lost'],
    [3, 3, 3, 'needs_attention'],
    [3, 3, 3, 'needs_attention'],
    [4, 4, 4, 'loyal'],
    [4, 4, 4, 'loyal'],
    [5, 5, 5, 'champions'],
    [5, 5, 5, 'champions'],
  ]);
  await other.close();
});

test('refreshing one by one agrees with computing everybody, over random histories', async () => {
  const products = [teapot, teacup, lamp, postage];
  const line = fc.record({
    product: fc.constantFrom(...products),
    quantity: fc.integer({ min: 1, max: 30 }),
    unitPrice: fc.integer({ min: 0, max: 999_999 }).map((price) => (price / 10_000).toFixed(4)),
  });
  const order = fc.record({
    person: fc.nat({ max: 3 }),
    kind: fc.constantFrom<ShopOrder['kind'][]>('sale', 'sale', 'sale', 'return', 'adjustment'),
    hour: fc.nat({ max: 365 * 24 }),
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  });
  const without = (rows: readonly ProfileRow[], names: readonly string[]) =>
    rows
      .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name))))
      .toSorted((a, b) => (a['customerId'] as string).localeCompare(b['customerId'] as string));
  const time = ['computedAt'];
  const timeAndScores = [...time, 'rfmRecency', 'rfmFrequency', 'rfmMonetary', 'rfmGroup'];

  await fc.assert(
    fc.asyncProperty(fc.array(order, { minLength: 1, maxLength: 12 }), async (history) => {
      const people = await insertCustomers(app.db, 4);
      await refreshProfiles(app.db, people, NOW);
      for (const { person, kind, hour, lines } of history) {
        const sign = kind === 'sale' ? 1 : -1;
        const placed: ShopOrder = {
          customerId: people[person]!,
          kind,
          placedAt: new Date(Date.UTC(2025, 0, 1, hour)),
          lines: lines.map(({ product, quantity, unitPrice }) => ({
            product,
            quantity: sign * quantity,
            unitPrice,
          })),
        };
        await insertOrders(app.db, [placed]);
        await refreshProfiles(app.db, [placed.customerId], NOW);
      }
      const oneByOne = await readProfiles(app.db, people);

      await recomputeProfiles(app);
      const together = await readProfiles(app.db, people);
      expect(without(together, timeAndScores)).toEqual(without(oneByOne, timeAndScores));

      for (const customerId of people) await refreshProfiles(app.db, [customerId], NOW);
      expect(without(await readProfiles(app.db, people), time)).toEqual(without(together, time));
    }),
    { numRuns: 12, seed: 20_260_601 },
  );
});

test('ends with the newest orders however many refresh one person at once', async () => {
  const [customerId] = await insertCustomers(app.db, 1);
  const day = (order: number) => new Date(Date.UTC(2026, 0, 1 + order));

  await Promise.all(
    Array.from({ length: 12 }, async (_, order) => {
      await insertOrders(app.db, [
        {
          customerId: customerId!,
          kind: 'sale',
          placedAt: day(order),
          lines: [{ product: lamp, quantity: 1, unitPrice: '1' }],
        },
      ]);
      await refreshProfiles(app.db, [customerId!], NOW);
    }),
  );

  expect(await profileOf(customerId!)).toMatchObject({ orderCount: 12, lastOrderAt: day(11) });
});
