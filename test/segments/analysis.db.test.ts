import { upsertCustomers } from '#customers/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { openShop } from './shop.ts';
import { query, firstError } from '../support/query.ts';
import { addSegment } from './seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  // Buyers with 0 to 5 orders: the even ones in GB, the odd ones in FR.
  await openShop(app);
  await addSegment(app, 'british', "country = 'GB'");
  await addSegment(app, 'regulars', 'number_of_orders >= 3');
  await addSegment(app, 'loyal', 'number_of_orders >= 4');
  await addSegment(app, 'nobody', 'NONE');
});
afterAll(() => app.close());

test('tells with which segments members are shared, most similar first', async () => {
  const { segment } = await query(
    app,
    `{ segment(by: { key: "regulars" }) { overlaps {
    segment { key } shared share shareOfOther similarity } } }`,
  );

  expect(segment!.overlaps).toEqual([
    { segment: { key: 'loyal' }, shared: 2, share: 2 / 3, shareOfOther: 1, similarity: 2 / 3 },
    { segment: { key: 'british' }, shared: 1, share: 1 / 3, shareOfOther: 1 / 3, similarity: 1 / 5 },
  ]);
});

const DISTRIBUTION = `query ($key: String!, $attribute: String!, $buckets: Int) { segment(by: { key: $key }) {
  distribution(attribute: $attribute, buckets: $buckets) {
    size population unknownInSegment unknownInEverybody
    buckets { value from to inSegment inEverybody share shareOfEverybody index }
  } } }`;

async function distributionOf(attribute: string, key = 'regulars', buckets = 3) {
  return (await query(app, DISTRIBUTION, { key, attribute, buckets })).segment!.distribution;
}

test('cuts a scale into stretches of as many people, and counts members in each', async () => {
  const { buckets, ...rest } = (await distributionOf('number_of_orders'))!;

  expect(rest).toEqual({ size: 3, population: 6, unknownInSegment: 0, unknownInEverybody: 0 });
  expect(buckets).toMatchObject([
    { from: 0, to: 1, inSegment: 0, inEverybody: 1 },
    { from: 1, to: 3, inSegment: 0, inEverybody: 2, index: 0 },
    { from: 3, to: null, inSegment: 3, inEverybody: 3, share: 1, shareOfEverybody: 0.5, index: 2 },
  ]);
});

test('counts values of texts and lists, and those of whom nothing is known', async () => {
  const countries = await distributionOf('country');
  expect(countries!.buckets).toMatchObject([
    { value: 'FR', inSegment: 2, inEverybody: 3, index: 4 / 3 },
    { value: 'GB', inSegment: 1, inEverybody: 3 },
  ]);

  const tags = await distributionOf('customer_tags', 'regulars', 10);
  expect(tags!.buckets).toContainEqual(
    expect.objectContaining({ value: 'repeat_buyer', inSegment: 3, inEverybody: 4 }),
  );
  expect(tags!.unknownInEverybody).toBeGreaterThan(0);

  const dates = await distributionOf('first_order_date', 'nobody');
  expect(dates).toMatchObject({ size: 0, population: 6, unknownInEverybody: 1 });
  expect(dates!.buckets[0]!.from).toMatch(/^2026-04-12T12:00:00/);
});

test('every attribute has a distribution', async () => {
  const { segmentLanguage } = await query(app, '{ segmentLanguage { attributes { name unavailable } } }');

  const populations = new Set<number>();
  for (const { name, unavailable } of segmentLanguage!.attributes) {
    if (unavailable === null) populations.add((await distributionOf(name))!.population);
  }
  expect([...populations]).toEqual([6]);
});

test('refuses an attribute without data', async () => {
  const error = await firstError(app, DISTRIBUTION, { key: 'regulars', attribute: 'lifetime_value' });

  expect(error.code).toBe('BAD_USER_INPUT');
});

const DIFFERENCE = `query ($a: String!, $b: SegmentBy) { segmentDifference(a: { key: $a }, b: $b, first: 100) {
  attribute value a b effectSize } }`;

test('tells means apart by the standard deviation, and shares on the scale of arcs', async () => {
  const { segmentDifference } = await query(app, DIFFERENCE, { a: 'regulars' });
  const of = (attribute: string, value: string | null = null) =>
    segmentDifference!.find((row) => row.attribute === attribute && row.value === value);

  // 3, 4, 5 orders against 0, 1, 2: both of variance 1.
  expect(of('number_of_orders')).toEqual({
    attribute: 'number_of_orders',
    value: null,
    a: 4,
    b: 1,
    effectSize: 3,
  });
  const french = of('country', 'FR');
  expect(french).toMatchObject({ a: 2 / 3, b: 1 / 3 });
  expect(french!.effectSize).toBeCloseTo(
    2 * Math.asin(Math.sqrt(2 / 3)) - 2 * Math.asin(Math.sqrt(1 / 3)),
    12,
  );
  const sizes = segmentDifference!.map(({ effectSize }) => Math.abs(effectSize));
  expect(sizes).toEqual(sizes.toSorted((left, right) => right - left));
});

test('compares two segments that share members, and says nothing of an empty one', async () => {
  const { segmentDifference } = await query(app, DIFFERENCE, { a: 'loyal', b: { key: 'regulars' } });
  expect(segmentDifference).toContainEqual(
    expect.objectContaining({ attribute: 'number_of_orders', a: 4.5, b: 4 }),
  );

  expect((await query(app, DIFFERENCE, { a: 'loyal', b: { key: 'nobody' } })).segmentDifference).toEqual([]);
});

test('reads figures of many segments in as many statements as of one, and differences in three', async () => {
  await refreshDerivedData(
    app,
    (await upsertCustomers(app, [{ identities: [], email: 'x@example.com' }])).map(
      ({ customerId }) => customerId,
    ),
  );
  const count = async (source: string, variables: object) => {
    app.resetStatements();
    await query(app, source, { ...variables });
    return app.statements.length;
  };
  const figures = `query ($first: Int!) { segments(first: $first) { nodes {
    overlaps { shared segment { key } } distribution(attribute: "country") { buckets { share } } } } }`;

  expect(await count(figures, { first: 4 })).toBe(await count(figures, { first: 1 }));
  // One to find the segment, one for the attributes that customers carry themselves.
  expect(await count(DIFFERENCE, { a: 'loyal' })).toBe(4);
});
