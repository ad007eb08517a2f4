import { computeWaitingClusterSets } from '#segments/clusters/compute.ts';
import { createClusterSet, updateClusterSet } from '#segments/clusters/service.ts';
import { evaluateAllSegments } from '#segments/membership/scheduled-evaluation.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { computeAll } from '../../../src/main/compute-all.ts';
import { DAY_MS, NOW } from '../shop.ts';
import { openTestApp, type TestApp } from '../../support/app.ts';
import { refreshProfiles } from '#profiles/service.ts';
import { addShoppers, type Shoppers } from './shoppers.ts';
import { query } from '../../support/query.ts';
import { plainId } from '../../support/global-ids.ts';
import { insertCustomers } from '../../customers/seed.ts';
import { insertOrders } from '../../events/seed.ts';
import { insertProduct } from '../../catalog/seed.ts';
import { addSegment, memberIds } from '../seed.ts';

let app: TestApp;
let shoppers: Shoppers;
const traits = ['recency_days', 'number_of_orders', 'amount_spent'];
beforeAll(async () => {
  app = await openTestApp();
  shoppers = await addShoppers(app);
  await createClusterSet(app, { key: 'rfm', name: 'RFM', traits, maxCount: 5 });
  await computeWaitingClusterSets(app);
});
afterAll(() => app.close());

const SET = `query ($key: String!) { clusterSet(by: { key: $key }) {
  id status failure peopleCount noiseCount silhouette stability { index runs } countScores { count silhouette }
  preparations { trait isLogged missingCount imputedValue leftOut }
  scatter { explainedVariance axes { trait x y } points(sample: 1000) { x y clusterNumber } }
  clusters { id number key name description size share rule rulePrecision ruleRecall membershipRule
    traits { trait centre mean overallMean difference } set { key }
    members(first: 100) { totalCount nodes { id } edges { distance enteredAt } } }
} }`;

async function readSet(key = 'rfm') {
  const data = await query(app, SET, { key });
  return data.clusterSet!;
}

test('finds the kinds of shoppers, largest first, nearest to the centre first', async () => {
  const set = await readSet();

  expect(set).toMatchObject({ status: 'READY', failure: null, peopleCount: 120, noiseCount: 0 });
  expect(set.silhouette).toBeGreaterThan(0.7);
  expect(set.stability!.index).toBeGreaterThan(0.95);
  expect(set.clusters.map((cluster) => cluster.key)).toEqual(['rfm/1', 'rfm/2', 'rfm/3']);
  for (const [index, cluster] of set.clusters.entries()) {
    expect(cluster.members!.nodes.map(({ id }) => plainId(id)).toSorted()).toEqual(
      shoppers.byKind[index]!.toSorted(),
    );
    expect(cluster.members!.totalCount).toBe(cluster.size);
    const distances = cluster.members!.edges.map((edge) => edge.distance);
    expect(distances).toEqual(distances.toSorted((left, right) => left - right));
  }
});

test('describes a cluster in the units of its traits', async () => {
  const [, , large] = (await readSet()).clusters;

  expect(large!.name).toMatch(/high amount spent/i);
  expect(large!.description).toMatch(
    /^16\.7 % of the people: .*amount spent much higher \(typically 3,\d{3}/,
  );
  const spent = large!.traits.find(({ trait }) => trait === 'amount_spent');
  expect(spent!.centre).toBeGreaterThan(3000);
  expect(spent!.mean).toBeGreaterThan(3000);
  expect(spent!.overallMean).toBeLessThan(1000);
});

test('writes each cluster as a rule that finds its people', async () => {
  const { clusters } = await readSet();

  for (const { rule, rulePrecision, ruleRecall, size } of clusters) {
    const data = await query(
      app,
      'query ($rule: String!) { segmentPreview(rule: $rule) { ... on SegmentPreview { size } } }',
      { rule: rule! },
    );
    expect(rule).toMatch(/^number_of_orders >= 1 AND /);
    expect(data.segmentPreview!.size).toBeCloseTo((size * ruleRecall!) / rulePrecision!, 6);
    expect(Math.min(rulePrecision!, ruleRecall!)).toBeGreaterThan(0.9);
  }
});

test('shows everybody on two components that explain the variance', async () => {
  const { scatter } = await readSet();

  expect(scatter!.points).toHaveLength(120);
  expect(new Set(scatter!.points!.map((point) => point.clusterNumber))).toEqual(new Set([1, 2, 3]));
  const total = scatter!.explainedVariance.reduce((sum: number, share: number) => sum + share, 0);
  expect(total).toBeCloseTo(1, 9);
  expect(scatter!.axes.map((axis) => axis.trait)).toEqual(traits);
});

test('is used as a segment, which follows the next computation', async () => {
  const segmentId = await addSegment(app, 'large_buyers', "IN CLUSTER 'rfm/3' AND recency_days < 60");
  expect(await memberIds(app, segmentId)).toEqual(shoppers.byKind[2]!.toSorted());
  const product = await insertProduct(app.db);
  const [newcomer] = await insertCustomers(app.db, 1);
  await insertOrders(
    app.db,
    Array.from({ length: 9 }, (_, order) => ({
      customerId: newcomer!,
      kind: 'sale' as const,
      placedAt: new Date(NOW.getTime() - (5 + order * 12) * DAY_MS),
      lines: [{ product, quantity: 1, unitPrice: '410' }],
    })),
  );
  await refreshProfiles(app.db, [newcomer!], NOW);
  const before = await readSet();

  await updateClusterSet(app, plainId(before.id), { seed: 9 });
  app.setNow(new Date(NOW.getTime() + 1000));
  await computeWaitingClusterSets(app);

  const after = await readSet();
  expect(after.clusters.map((cluster) => cluster.key)).toEqual(['rfm/1', 'rfm/2', 'rfm/3']);
  expect(await memberIds(app, segmentId)).toEqual([...shoppers.byKind[2]!, newcomer!].toSorted());
  const entries = new Set(after.clusters[2]!.members!.edges.map((edge) => edge.enteredAt));
  expect(entries).toEqual(new Set([NOW.toISOString(), new Date(NOW.getTime() + 1000).toISOString()]));
  await evaluateAllSegments(app);
  expect(await memberIds(app, segmentId)).toContain(newcomer);
  app.setNow(NOW);
});

test('refuses a rule that names a cluster which is not there, with a suggestion', async () => {
  const data = await query(
    app,
    `{ segmentPreview(rule: "IN CLUSTER 'rfm/33'") { __typename ... on SegmentRuleError { message suggestion } } }`,
  );

  expect(data.segmentPreview).toMatchObject({
    __typename: 'SegmentRuleError',
    suggestion: expect.stringContaining('rfm/3'),
  });
});

test('counts ages up to a fixed day, and then writes them as dates', async () => {
  await createClusterSet(app, { key: 'then', name: 'Then', traits, count: 3, asOfOn: '2026-06-01' });
  await computeWaitingClusterSets(app);

  const { clusters } = await readSet('then');

  const rules = clusters.map(({ rule }) => rule).join('\n');
  expect(rules).not.toContain('recency_days');
  for (const { rulePrecision, ruleRecall } of clusters) {
    expect(Math.min(rulePrecision!, ruleRecall!)).toBeGreaterThan(0.9);
  }
});

test('says what it imputed, and leaves out what tells nobody apart', async () => {
  await createClusterSet(app, {
    key: 'gaps',
    name: 'Gaps',
    traits: ['average_gap_days', 'amount_spent', 'number_of_returns'],
    count: 2,
    algorithm: 'hierarchical',
  });
  await computeWaitingClusterSets(app);

  const { preparations, status } = await readSet('gaps');

  expect(status).toBe('READY');
  expect(preparations).toMatchObject([
    { trait: 'average_gap_days', missingCount: 60, leftOut: expect.any(String) },
    { trait: 'amount_spent', isLogged: true, missingCount: 0, imputedValue: null, leftOut: null },
    { trait: 'number_of_returns', leftOut: 'nearly all customers have the same value' },
  ]);
});

test('tells why it cannot be computed', async () => {
  await createClusterSet(app, { key: 'few', name: 'Few', traits, filter: 'number_of_orders > 100' });
  await createClusterSet(app, { key: 'flat', name: 'Flat', traits: ['number_of_returns'] });
  expect((await computeWaitingClusterSets(app)).toSorted()).toEqual(['few', 'flat']);

  expect(await readSet('few')).toMatchObject({
    status: 'FAILED',
    failure: 'Clusters need at least 10 people, the filter finds 0.',
    clusters: [],
    peopleCount: null,
  });
  expect((await readSet('flat')).failure).toMatch(/Every trait was left out/);
});

test('computes every live set anew with everything else', async () => {
  app.setNow(new Date(NOW.getTime() + 60_000));

  await computeAll(app);

  const [row] = await app.db.query<{ count: number }>(
    "select count(*) as count from cluster_sets where status = 'ready' and computed_at = $1::timestamptz",
    [new Date(NOW.getTime() + 60_000)],
  );
  expect(row!.count).toBe(3);
  app.setNow(NOW);
});

test('reads clusters of a page of people and their members in a constant number of statements', async () => {
  const text = `query ($first: Int!) { customers(first: $first) { nodes { id clusters { distance enteredAt
    cluster { key name set { key } members(first: 3) { totalCount nodes { id } } } } } } }`;
  const count = async (first: number) => {
    app.resetStatements();
    const data = await query(app, text, { first });
    expect(data.customers!.nodes.flatMap(({ clusters }) => clusters).length).toBeGreaterThan(1);
    return app.statements.length;
  };

  expect(await count(5)).toBe(5);
  expect(await count(100)).toBe(5);
});

test('lists the live sets with their clusters in two statements', async () => {
  app.resetStatements();

  const data = await query(app, '{ clusterSets(first: 10) { nodes { key clusters { key } } } }');

  expect(data.clusterSets!.nodes.map(({ key }) => key)).toEqual(['few', 'flat', 'gaps', 'rfm', 'then']);
  expect(app.statements).toHaveLength(2);
});
