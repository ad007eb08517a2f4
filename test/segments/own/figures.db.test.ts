import { upsertCustomers } from '#customers/service.ts';
import { computeWaitingClusterSets } from '#segments/clusters/compute.ts';
import { createClusterSet } from '#segments/clusters/service.ts';
import { computeWaitingLookAlikes } from '#segments/look-alikes/compute.ts';
import { createLookAlike } from '#segments/look-alikes/service.ts';
import { createSegment } from '#segments/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { NOW } from '../shop.ts';
import { addSubscribers, subscriber } from './telco.ts';
import { query, firstError } from '../../support/query.ts';
import type { Data } from '../../support/typed-text.ts';

const COUNT = 240;
const all = Array.from({ length: COUNT }, (_, index) => subscriber(index));
const leavers = all.filter(({ Churn }) => Churn === 'Yes');
let app: TestApp;
let ids: readonly string[];
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  ids = await addSubscribers(app, COUNT);
  await createSegment(app, { key: 'leavers', name: 'Leavers', rule: "Churn = 'Yes'" });
  // Numbers whose squares no double holds must not break a figure.
  await upsertCustomers(app, [
    { identities: [{ kind: 'external', source: 'telco', value: 'T-1' }], attributes: { huge: 1e300 } },
    { identities: [{ kind: 'external', source: 'telco', value: 'T-2' }], attributes: { huge: -1e300 } },
  ]);
});
afterAll(() => app.close());

const DISTRIBUTION = `query ($attribute: String!) { segment(by: { key: "leavers" }) {
  distribution(attribute: $attribute, buckets: 4) {
    attribute size population unknownInEverybody buckets { value from to inSegment inEverybody }
  }
} }`;

test('spreads own numbers along a scale, and texts, booleans and lists value by value', async () => {
  const read = async (attribute: string) =>
    (await query(app, DISTRIBUTION, { attribute })).segment!.distribution;

  const tenure = await read('Tenure');
  const contract = await read('"contract type"');
  const partner = await read('attribute.Partner');
  const addons = await read('addons');
  const total = await read('TotalCharges');

  const sum = (buckets: readonly { inEverybody: number }[]) =>
    buckets.reduce((count, { inEverybody }) => count + inEverybody, 0);
  expect(tenure).toMatchObject({ attribute: 'attribute.tenure', size: leavers.length, population: COUNT });
  expect(tenure!.buckets[0]!.from).toBe(0);
  expect(sum(tenure!.buckets)).toBe(COUNT);
  const having = (value: string) => ({
    value,
    inEverybody: all.filter((one) => one['Contract Type'] === value).length,
    inSegment: leavers.filter((one) => one['Contract Type'] === value).length,
  });
  expect(contract!.buckets).toEqual(
    expect.arrayContaining([
      expect.objectContaining(having('One year')),
      expect.objectContaining(having('Two year')),
    ]),
  );
  expect(new Set(partner!.buckets.map(({ value }) => value))).toEqual(new Set(['false', 'true']));
  expect(addons!.buckets).toContainEqual(
    expect.objectContaining({
      value: 'tv',
      inEverybody: all.filter((one) => one.addons.includes('tv')).length,
    }),
  );
  expect(total!.unknownInEverybody).toBe(all.filter((one) => one.TotalCharges === null).length);
});

test('tells own attributes among what sets two segments apart', async () => {
  const { segmentDifference } = await query(
    app,
    '{ segmentDifference(a: { key: "leavers" }, first: 100) { attribute value a b effectSize } }',
  );

  expect(segmentDifference).toContainEqual({
    attribute: 'attribute.Churn',
    value: 'Yes',
    a: 1,
    b: 0,
    effectSize: Math.PI,
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const tenure = segmentDifference!.find(({ attribute }) => attribute === 'attribute.tenure');
  expect(tenure!.a).toBeCloseTo(mean(leavers.map((one) => one.tenure)), 9);
});

const PAGE = `query ($sortByAttribute: CustomerAttributeSort, $after: String, $before: String, $first: Int, $last: Int) {
  customers(sortByAttribute: $sortByAttribute, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id attributes } pageInfo { endCursor startCursor hasNextPage }
  }
}`;

test.each(['tenure', 'TotalCharges', '"Contract Type"', 'Partner', 'signed'])(
  'lists customers in the order of their %s, page by page, both ways',
  async (attribute) => {
    const key = attribute.replaceAll('"', '');
    const walk = async (direction: 'ASC' | 'DESC') => {
      const values: unknown[] = [];
      const seen = new Set<string>();
      let after: string | null = null;
      for (;;) {
        const { customers }: Data<typeof PAGE> = await query(app, PAGE, {
          sortByAttribute: { attribute, direction },
          first: 70,
          after,
        });
        expect(customers!.totalCount).toBe(COUNT);
        for (const node of customers!.nodes) {
          values.push((node.attributes as Record<string, unknown>)[key] ?? null);
          seen.add(node.id);
        }
        after = customers!.pageInfo.endCursor;
        if (!customers!.pageInfo.hasNextPage) return { values, count: seen.size };
      }
    };

    const descending = await walk('DESC');
    const ascending = await walk('ASC');

    const known = all
      .map((one) => (one as unknown as Record<string, never>)[key]!)
      .filter((value) => value !== null)
      .toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
    const missing = Array.from({ length: COUNT - known.length }, () => null);
    expect(ascending).toEqual({ values: [...missing, ...known], count: COUNT });
    expect(descending).toEqual({ values: [...known.toReversed(), ...missing], count: COUNT });
  },
);

test.each([
  [{ attribute: 'nothing' }, 'no customer carries an attribute'],
  [{ attribute: 'addons' }, 'no customer carries an attribute'],
])('refuses an order by %j', async (sortByAttribute, message) => {
  const error = await firstError(app, PAGE, { sortByAttribute });

  expect(error.message).toContain(message);
  expect(error.code).toBe('BAD_USER_INPUT');
});

test('clusters people by numbers and booleans of their own, with rules that say so', async () => {
  const set = await createClusterSet(app, {
    key: 'plans',
    name: 'Plans',
    traits: ['Tenure', 'monthlycharges', 'Partner'],
    filter: "Churn IN ('Yes', 'No')",
    count: 3,
  });
  await computeWaitingClusterSets(app);

  const { clusterSet } = await query(
    app,
    '{ clusterSet(by: { key: "plans" }) { status failure traits filter clusters { size rule rulePrecision } } }',
  );
  expect(set.settings.traits).toEqual(['attribute.tenure', 'attribute.MonthlyCharges', 'attribute.Partner']);
  expect(clusterSet).toMatchObject({
    status: 'READY',
    failure: null,
    filter: "attribute.Churn IN ('Yes', 'No')",
  });
  expect(clusterSet!.clusters.reduce((sum: number, { size }: { size: number }) => sum + size, 0)).toBe(COUNT);
  const rules = clusterSet!.clusters.map(({ rule }) => rule ?? '').join(' ');
  expect(rules).toMatch(/attribute\.Partner = (TRUE|FALSE)/);
  for (const { rulePrecision } of clusterSet!.clusters) expect(rulePrecision).toBeGreaterThan(0.6);
});

test('ranks people who are alike by numbers of their own', async () => {
  const [segment] = await app.db.query<{ id: string }>("select id from segments where key = 'leavers'");
  await createLookAlike(app, {
    key: 'next',
    name: 'Next to leave',
    seedSegmentId: segment!.id,
    traits: ['tenure', 'MonthlyCharges'],
    filter: 'everyone',
  });
  await computeWaitingLookAlikes(app);

  const { lookAlike } = await query(
    app,
    '{ lookAlike(by: { key: "next" }) { status failure traits seedCount candidateCount } }',
  );
  expect(lookAlike).toMatchObject({
    status: 'READY',
    traits: ['attribute.tenure', 'attribute.MonthlyCharges'],
    seedCount: leavers.length,
  });
  await expect(
    createClusterSet(app, { key: 'texts', name: 'Texts', traits: ['Churn'], filter: 'everyone' }),
  ).rejects.toThrow('a number or boolean that customers carry');
  expect(ids).toHaveLength(COUNT);
});
