import { distanceOf, type Metric, toMetricRows } from '#numeric/distance.ts';
import { fitLogistic, scoreLogistic } from '#numeric/logistic-regression.ts';
import { indexNearest } from '#numeric/nearest.ts';
import { findComponents, projectRows } from '#numeric/pca.ts';
import { createRandom } from '#numeric/random.ts';
import { expect, test } from 'vitest';

import { blobs, oracle, oracleRows, toRows } from '../segments/clusters/algorithms/oracle.ts';

test('measures the distances of two rows worked by hand', () => {
  const measure = (metric: Metric) => {
    const { values } = toMetricRows(
      toRows([
        [3, 4],
        [4, 3],
      ]),
      metric,
    );
    return distanceOf(metric)(values, 0, values, 2, 2);
  };

  expect(measure('euclidean')).toBeCloseTo(Math.SQRT2, 12);
  expect(measure('manhattan')).toBe(2);
  expect(measure('cosine')).toBeCloseTo(1 - 24 / 25, 12);
});

test('finds the components of scikit-learn, and all of the variance on them', () => {
  const { components, explained } = findComponents(oracleRows);

  oracle.explained.forEach((share, index) => expect(explained[index]).toBeCloseTo(share, 9));
  oracle.components
    .flat()
    .forEach((entry, slot) => expect(Math.abs(components[slot]!)).toBeCloseTo(entry, 8));
});

test('projects rows to coordinates of mean 0 that keep their distances', () => {
  const projected = projectRows(oracleRows, findComponents(oracleRows), 3);
  const gap = distanceOf('euclidean');

  const sum = projected.reduce((total, value) => total + value, 0);
  expect(sum).toBeCloseTo(0, 8);
  expect(gap(projected, 0, projected, 30, 3)).toBeCloseTo(
    gap(oracleRows.values, 0, oracleRows.values, 30, 3),
    9,
  );
});

test('explains nothing of rows that are all equal', () => {
  expect([
    ...findComponents(
      toRows([
        [1, 2],
        [1, 2],
      ]),
    ).explained,
  ]).toEqual([0, 0]);
});

test.each(['euclidean', 'manhattan', 'cosine'] as const)(
  'finds the nearest rows as a scan does by %s',
  (metric) => {
    const rows = toMetricRows(
      blobs(
        [
          [0, 0, 3],
          [5, 1, 9],
        ],
        300,
        createRandom(5).normal,
        3,
      ),
      metric,
    );
    const { distances } = indexNearest(rows, metric);
    const distance = distanceOf(metric);

    for (const row of [0, 17, 599]) {
      const scanned = Float64Array.from({ length: 600 }, (_, other) =>
        distance(rows.values, row * 3, rows.values, other * 3, 3),
      ).toSorted();
      const found = distances(rows.values, row * 3, 7);
      scanned.subarray(0, 7).forEach((gap, index) => expect(found[index]).toBeCloseTo(gap, 10));
    }
  },
);

test('fits the logistic regression of scikit-learn', () => {
  const { penalty, weights, intercept } = oracle.logistic;

  const model = fitLogistic(oracleRows, oracle.answers, { penalty });

  expect(model.hasConverged).toBe(true);
  weights.forEach((weight, index) => expect(model.weights[index]).toBeCloseTo(weight, 5));
  expect(model.intercept).toBeCloseTo(intercept, 5);
});

test('takes a weighted row for as many equal rows', () => {
  const rows = toRows([[0], [1], [2], [3]]);
  const answers = [0, 1, 0, 1];
  const repeated = toRows([[0], [1], [1], [1], [2], [3]]);

  const weighted = fitLogistic(rows, answers, { penalty: 1, rowWeights: Float64Array.of(1, 3, 1, 1) });
  const single = fitLogistic(repeated, [0, 1, 1, 1, 0, 1], { penalty: 1 });

  expect(weighted.weights[0]).toBeCloseTo(single.weights[0]!, 6);
  expect(scoreLogistic(rows, weighted)[3]).toBeCloseTo(scoreLogistic(rows, single)[3]!, 6);
});
