import { createRandom } from '#numeric/random.ts';
import { adjustedRandIndex } from '#segments/clusters/algorithms/agreement.ts';
import { computeClusters } from '#segments/clusters/clustering.ts';
import { describeCluster, nameCluster } from '#segments/clusters/describe-cluster.ts';
import { binTraits, findBoxes } from '#segments/clusters/equivalent-rule.ts';
import { prepareTraits, restoreValue } from '#segments/clusters/preparation.ts';
import { clusterDefaults, type ClusterSettings } from '#segments/clusters/settings.ts';
import { expect, test } from 'vitest';

const NONE = Number.NaN;

test('says what it did to each trait: missing, skewed, winsorised, left out', () => {
  const random = createRandom(1);
  const amounts = Float64Array.from({ length: 1000 }, () => Math.exp(3 + random.normal()));
  const gaps = Float64Array.from({ length: 1000 }, (_, row) => (row < 40 ? NONE : 30 + random.normal()));
  const constant = new Float64Array(1000).fill(7);

  const { rows, preparations } = prepareTraits(['amount', 'gap', 'constant'], [amounts, gaps, constant]);

  expect(rows.columnCount).toBe(2);
  expect(preparations).toMatchObject([
    {
      trait: 'amount',
      isLogged: true,
      missingCount: 0,
      imputedValue: null,
      winsorisedCount: 20,
      leftOut: null,
    },
    { trait: 'gap', isLogged: false, missingCount: 40, leftOut: null },
    { trait: 'constant', leftOut: 'nearly all customers have the same value' },
  ]);
  expect(preparations[1]!.imputedValue).toBeCloseTo(30, 0);
  expect(restoreValue(rows.values[1]!, preparations[1]!)).toBeCloseTo(preparations[1]!.imputedValue!, 9);
  expect(Math.max(...amounts)).toBeGreaterThan(preparations[0]!.upperBound);
});

test('standardises, and restores values to their own unit', () => {
  const random = createRandom(1);
  const amounts = Float64Array.from({ length: 500 }, () => Math.exp(3 + random.normal()) - 5);

  const { rows, preparations } = prepareTraits(['amount'], [amounts]);

  const mean = rows.values.reduce((sum, value) => sum + value, 0) / 500;
  const square = rows.values.reduce((sum, value) => sum + value * value, 0) / 499;
  expect([mean, square].map((value) => Number(value.toFixed(9)) + 0)).toEqual([0, 1]);
  const inside = amounts.findIndex((value) => value < 0 && value > preparations[0]!.lowerBound);
  expect(restoreValue(rows.values[inside]!, preparations[0]!)).toBeCloseTo(amounts[inside]!, 9);
});

test('finds the ranges of a box, at round numbers', () => {
  const random = createRandom(1);
  const columns = [0, 1].map(() => Float64Array.from({ length: 2000 }, () => 100 * random.uniform()));
  const isInside = (row: number) => columns[0]![row]! > 60 && columns[1]![row]! <= 30;

  const boxes = findBoxes(binTraits(columns, [false, false]), isInside);

  expect(boxes).toHaveLength(1);
  const ranges = boxes[0]!.toSorted((left, right) => left.trait - right.trait);
  expect(ranges).toMatchObject([{ above: expect.closeTo(60, -1), atMost: null }, { above: null }]);
  expect(Math.abs(ranges[1]!.atMost! - 30)).toBeLessThanOrEqual(2);
  expect(String(ranges[0]!.above).length).toBeLessThanOrEqual(3);
});

test('puts people without a value on the side where they belong', () => {
  const values = Float64Array.from({ length: 300 }, (_, row) => (row < 100 ? NONE : row));

  const [box] = findBoxes(binTraits([values], [false]), (row) => row < 150);
  const [other] = findBoxes(binTraits([values], [false]), (row) => row >= 150);

  expect(box).toMatchObject([{ above: null, includesMissing: true }]);
  expect(other).toMatchObject([{ atMost: null, includesMissing: false }]);
});

test('splits people without a value further by other traits', () => {
  const random = createRandom(1);
  const first = Float64Array.from({ length: 900 }, (_, row) => (row < 200 ? NONE : 100 * random.uniform()));
  const second = Float64Array.from({ length: 900 }, () => 100 * random.uniform());
  const isInside = (row: number) => !(first[row]! > 20) && second[row]! > 30;

  const boxes = findBoxes(binTraits([first, second], [false, false]), isInside);

  expect(boxes).toHaveLength(1);
  const [low, high] = boxes[0]!.toSorted((left, right) => left.trait - right.trait);
  expect(low).toMatchObject({ above: null, atMost: expect.closeTo(20, -1), includesMissing: true });
  expect(high).toMatchObject({ above: expect.closeTo(30, -1), atMost: null });
});

test('needs no range for everybody, and finds none for a cluster that no trait tells apart', () => {
  const random = createRandom(3);
  const binned = binTraits([Float64Array.from({ length: 400 }, random.uniform)], [false]);

  expect(findBoxes(binned, () => true)).toEqual([[]]);
  expect(findBoxes(binned, () => false)).toEqual([]);
});

/** Three kinds of shoppers: many small, some regular, few large. */
function shoppers(seed: number): { columns: Float64Array[]; kinds: Int32Array } {
  const random = createRandom(seed);
  const kinds = Int32Array.from({ length: 900 }, (_, row) => (row < 500 ? 0 : row < 800 ? 1 : 2));
  const spread = (typical: readonly number[]) =>
    Float64Array.from(kinds, (kind) => Math.exp(Math.log(typical[kind]!) + 0.25 * random.normal()));
  return { columns: [spread([200, 30, 8]), spread([30, 400, 6000])], kinds };
}

const settings: ClusterSettings = {
  ...clusterDefaults,
  traits: ['recency_days', 'amount_spent'],
  maxCount: 6,
};

test.each([
  ['k-means', {}],
  ['k-means', { metric: 'manhattan' }],
  ['mini-batch-k-means', {}],
  ['hierarchical', {}],
  ['hierarchical', { linkage: 'average', metric: 'manhattan' }],
  ['hdbscan', { minClusterShare: 0.05 }],
] as const)('finds three kinds of shoppers by %s %j', (algorithm, changes) => {
  const { columns, kinds } = shoppers(1);

  const found = computeClusters({
    settings: { ...settings, algorithm, ...changes },
    columns,
    isWhole: [false, false],
  })!;

  expect(found.clusters).toHaveLength(3);
  expect(adjustedRandIndex(found.labels, kinds)).toBeGreaterThan(0.95);
  expect(found.report.silhouette).toBeGreaterThan(0.6);
  expect(found.report.stability.index).toBeGreaterThan(0.9);
  expect(found.clusters.reduce((sum, { size }) => sum + size, found.report.noiseCount)).toBe(900);
});

test('describes a cluster by what sets it apart, in its own unit', () => {
  const { columns } = shoppers(1);
  const { clusters, report } = computeClusters({ settings, columns, isWhole: [false, false] })!;
  const smallest = clusters[2]!;

  expect(report.scores.map(({ count }) => count)).toEqual([2, 3, 4, 5, 6]);
  expect(smallest.size).toBe(100);
  expect(nameCluster(smallest.traits)).toBe('High amount spent, low recency days');
  expect(smallest.traits[0]!.centre).toBeGreaterThan(5000);
  expect(smallest.traits[0]!.centre).toBeLessThan(7000);
  expect(describeCluster(smallest.traits, 1 / 9)).toMatch(
    /^11\.1 % of the people: amount spent much higher \(typically [56],\d{3}, of all \d{2,3}\); recency days much lower/,
  );
});

test('gives the same clusters for the same seed, and points that show them', () => {
  const { columns } = shoppers(2);
  const order = { settings, columns, isWhole: [false, false] };
  const found = computeClusters(order)!;

  expect(computeClusters(order)).toEqual(found);
  expect(found.report.points).toHaveLength(900);
  expect(found.report.explained.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
});

test('finds nothing where no trait varies', () => {
  const columns = [new Float64Array(50).fill(1), new Float64Array(50).fill(NONE)];

  expect(computeClusters({ settings, columns, isWhole: [false, false] })).toBeNull();
});
