import { pickRows, toMetricRows } from '#numeric/distance.ts';
import { createRandom, shuffle } from '#numeric/random.ts';
import {
  buildDendrogram,
  cutDendrogram,
  MAX_AGGLOMERATIVE_ROWS,
} from '#segments/clusters/algorithms/agglomerative.ts';
import { adjustedRandIndex } from '#segments/clusters/algorithms/agreement.ts';
import { runHdbscan } from '#segments/clusters/algorithms/hdbscan.ts';
import { expect, test } from 'vitest';

import { blobs, oracle, oracleRows, toRows } from './oracle.ts';

test.each(oracle.trees)(
  'merges at the heights of SciPy and cuts into its clusters: $method by $metric',
  ({ method, metric, heights, labels }) => {
    const dendrogram = buildDendrogram(toMetricRows(oracleRows, metric), method, metric);

    expect(largestGap(dendrogram.heights, heights)).toBeLessThan(1e-9);
    expect(adjustedRandIndex(cutDendrogram(dendrogram, 5), labels)).toBe(1);
  },
);

test('merges at the heights of scikit-learn by Ward', () => {
  const { heights } = buildDendrogram(oracleRows, 'ward', 'euclidean');

  expect(largestGap(heights, oracle.sklearnWardHeights)).toBeLessThan(1e-9);
});

test('merges four rows on a line as by hand', () => {
  const { left, right, heights, sizes } = buildDendrogram(
    toRows([[0], [1], [5], [7]]),
    'average',
    'euclidean',
  );

  expect([...heights]).toEqual([1, 2, 5.5]);
  expect([...left]).toEqual([0, 2, 4]);
  expect([...right]).toEqual([1, 3, 5]);
  expect([...sizes]).toEqual([2, 2, 4]);
});

test('takes a weighted row for as many rows at its place, by Ward', () => {
  const weighted = buildDendrogram(toRows([[0], [1], [5]]), 'ward', 'euclidean', Float64Array.of(3, 1, 2));
  const single = buildDendrogram(toRows([[0], [0], [0], [1], [5], [5]]), 'ward', 'euclidean');

  expect(largestGap(weighted.heights, single.heights.subarray(-2))).toBeLessThan(1e-12);
  expect([...weighted.sizes]).toEqual([4, 6]);
});

test('refuses more rows than it can hold pairs of, and Ward by another distance', () => {
  const many = { values: new Float64Array(0), rowCount: MAX_AGGLOMERATIVE_ROWS + 1, columnCount: 0 };

  expect(() => buildDendrogram(many, 'average', 'euclidean')).toThrow('expected at most 5000 rows, got 5001');
  expect(() => buildDendrogram(oracleRows, 'ward', 'manhattan')).toThrow('Ward takes Euclidean');
});

test.each(['euclidean', 'manhattan'] as const)('finds the dense clusters of scikit-learn by %s', (metric) => {
  const labels = runHdbscan(toRows(oracle.denseRows), { metric, minClusterSize: 8 });

  expect(adjustedRandIndex(labels, oracle.hdbscan[metric])).toBe(1);
  expect([...labels].map((label) => label === -1)).toEqual(
    oracle.hdbscan[metric].map((label) => label === -1),
  );
});

test('finds the same dense clusters whatever the order of the rows', () => {
  // Among these rows are equal reachabilities that make the clusters of scikit-learn depend on their order.
  const settings = { metric: 'manhattan', minClusterSize: 8 } as const;
  const labels = runHdbscan(oracleRows, settings);
  const random = createRandom(2);

  for (let run = 0; run < 5; run += 1) {
    const order = Uint32Array.from(oracle.rows.keys());
    shuffle(order, random);
    const shuffled = runHdbscan(pickRows(oracleRows, order), settings);
    expect(
      adjustedRandIndex(
        shuffled,
        Array.from(order, (row) => labels[row]!),
      ),
    ).toBe(1);
  }
});

test('tells two rings apart that no centre can, and calls a lone row noise', () => {
  const { normal } = createRandom(1);
  const ring = (radius: number) =>
    Array.from({ length: 300 }, (_, index) => {
      const angle = (index * Math.PI) / 150;
      return [radius * Math.cos(angle) + 0.05 * normal(), radius * Math.sin(angle) + 0.05 * normal()];
    });
  const rows = toRows([...ring(2), ...ring(6), [30, 30]]);

  const labels = runHdbscan(rows, { metric: 'euclidean', minClusterSize: 20, minSamples: 5 });

  expect(new Set(labels.subarray(0, 300)).size).toBe(1);
  expect(new Set(labels.subarray(300, 600)).size).toBe(1);
  expect(labels[0]).not.toBe(labels[300]);
  expect(labels[600]).toBe(-1);
});

test('finds dense directions by the cosine', () => {
  const { normal } = createRandom(1);
  const rows = blobs(
    [
      [50, 0, 0],
      [0, 9, 0],
      [0, 0, 200],
    ],
    40,
    normal,
  );

  const labels = runHdbscan(toMetricRows(rows, 'cosine'), { metric: 'cosine', minClusterSize: 10 });

  expect(new Set([labels[0], labels[40], labels[80]]).size).toBe(3);
});

function largestGap(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...Array.from(found, (height, index) => Math.abs(height - expected[index]!)));
}
