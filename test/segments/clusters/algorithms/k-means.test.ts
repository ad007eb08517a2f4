import { type Metric, toMetricRows } from '#numeric/distance.ts';
import { createRandom } from '#numeric/random.ts';
import { adjustedRandIndex } from '#segments/clusters/algorithms/agreement.ts';
import { runKMeans, runLloyd } from '#segments/clusters/algorithms/k-means.ts';
import { findMicroClusters, runMiniBatch } from '#segments/clusters/algorithms/mini-batch.ts';
import { seedCentres } from '#segments/clusters/algorithms/seeding.ts';
import { createSilhouette } from '#segments/clusters/algorithms/silhouette.ts';
import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';

import { blobs, oracle, oracleRows, toRows } from './oracle.ts';

const far = [
  [0, 0],
  [40, 0],
  [0, 40],
];

test.each(Object.entries(oracle.inertias))(
  'has the inertia of scikit-learn within 1 % for %s clusters',
  (count, inertia) => {
    const settings = { count: Number(count), metric: 'euclidean', restarts: 20 } as const;

    const found = runKMeans(oracleRows, settings, createRandom(1));

    expect(found.inertia).toBeLessThan(inertia * 1.01);
    expect(found.inertia).toBeGreaterThan(inertia * 0.99);
  },
);

test('puts one first centre into each of many far groups', () => {
  const groups = Array.from({ length: 12 }, (_, index) => [1000 * index]);
  const rows = blobs(groups, 20, createRandom(1).normal);

  for (let seed = 1; seed <= 5; seed += 1) {
    const centres = seedCentres(rows, 12, 'euclidean', createRandom(seed));
    expect(new Set(Array.from(centres, (centre) => Math.round(centre / 1000))).size).toBe(12);
  }
});

test('finds the same clusters for the same seed', () => {
  const settings = { count: 5, metric: 'euclidean', restarts: 3 } as const;

  expect(runKMeans(oracleRows, settings, createRandom(7))).toEqual(
    runKMeans(oracleRows, settings, createRandom(7)),
  );
});

test.each(['euclidean', 'manhattan', 'cosine'] as const)(
  'no row is nearer to another centre than to its own by %s',
  (metric: Metric) => {
    const rows = toMetricRows(oracleRows, metric);
    const found = runKMeans(rows, { count: 4, metric, restarts: 4 }, createRandom(3));

    const again = runLloyd(rows, found.centres.slice(), { count: 4, metric, maxIterations: 0 });

    expect(again.labels).toEqual(found.labels);
    expect(again.inertia).toBeCloseTo(found.inertia, 8);
  },
);

test('puts a centre of Manhattan on the median, which one far row does not move', () => {
  const rows = toRows([[0], [1], [2], [3], [1000]]);

  const found = runKMeans(rows, { count: 1, metric: 'manhattan', restarts: 1 }, createRandom(1));

  expect([...found.centres]).toEqual([2]);
});

test('tells directions apart by the cosine, whatever the length', () => {
  const rows = toMetricRows(
    toRows([
      [1, 0],
      [100, 1],
      [0, 2],
      [1, 300],
    ]),
    'cosine',
  );

  const { labels } = runKMeans(rows, { count: 2, metric: 'cosine', restarts: 5 }, createRandom(1));

  expect([labels[0] === labels[1], labels[2] === labels[3], labels[0] === labels[2]]).toEqual([
    true,
    true,
    false,
  ]);
});

test('uses every cluster even where rows are equal', () => {
  const values = array(integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 30 });

  assert(
    property(values, (some) => {
      const rows = toRows(some.map((value) => [value]));
      const { labels } = runKMeans(rows, { count: 3, metric: 'euclidean', restarts: 1 }, createRandom(1));

      expect(new Set(labels).size).toBeGreaterThanOrEqual(Math.min(3, new Set(some).size));
    }),
    { numRuns: 50 },
  );
});

test('finds by small draws what all rows show', () => {
  const random = createRandom(1);
  const rows = blobs(far, 2000, random.normal);
  const truth = Int32Array.from({ length: 6000 }, (_, row) => Math.floor(row / 2000));

  const drawn = runMiniBatch(rows, { count: 3, metric: 'euclidean', restarts: 3 }, random);
  const whole = runKMeans(rows, { count: 3, metric: 'euclidean', restarts: 3 }, random);

  expect(adjustedRandIndex(drawn.labels, truth)).toBe(1);
  expect(drawn.inertia).toBeLessThan(whole.inertia * 1.01);
});

test('keeps every row in a micro-cluster of its neighbourhood', () => {
  const random = createRandom(1);
  const rows = blobs(far, 1000, random.normal);

  const micro = findMicroClusters(rows, 60, 'euclidean', random);

  expect(micro.weights.reduce((sum, weight) => sum + weight, 0)).toBe(3000);
  expect(micro.rows.rowCount).toBe(micro.weights.length);
  const blobsOf = Array.from({ length: micro.rows.rowCount }, () => new Set<number>());
  micro.labels.forEach((label, row) => blobsOf[label]!.add(Math.floor(row / 1000)));
  expect(blobsOf.every(({ size }) => size === 1)).toBe(true);
});

test.each(Object.entries(oracle.silhouettes))(
  'has the silhouette of scikit-learn by %s',
  (metric, silhouette) => {
    const rows = toMetricRows(oracleRows, metric as Metric);
    const scorer = createSilhouette(rows, metric as Metric, createRandom(1));

    expect(scorer.score(Int32Array.from(oracle.kmeansLabels))).toBeCloseTo(silhouette, 5);
  },
);

test('estimates the silhouette from a sample above the limit', () => {
  const random = createRandom(1);
  const rows = blobs(far, 300, random.normal, 8);
  const labels = Int32Array.from({ length: 900 }, (_, row) => Math.floor(row / 300));

  const whole = createSilhouette(rows, 'euclidean', random).score(labels)!;
  const sampled = createSilhouette(rows, 'euclidean', random, 300);

  expect(sampled.sample).toHaveLength(300);
  expect(sampled.score(labels)).not.toBe(whole);
  expect(Math.abs(sampled.score(labels)! - whole)).toBeLessThan(0.05);
});

test('has no silhouette of one cluster', () => {
  const scorer = createSilhouette(oracleRows, 'euclidean', createRandom(1));

  expect(scorer.score(new Int32Array(oracleRows.rowCount))).toBeNull();
});

test('has the adjusted Rand index of scikit-learn, and 1 for renumbered clusters', () => {
  expect(adjustedRandIndex(oracle.kmeansLabels, oracle.wardLabels)).toBeCloseTo(oracle.rand, 10);
  expect(adjustedRandIndex([0, 0, 1, 2], [5, 5, 3, 4])).toBe(1);
  expect(adjustedRandIndex([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(-0.5);
});
