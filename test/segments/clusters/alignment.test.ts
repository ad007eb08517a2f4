import { alignClusters } from '#segments/clusters/alignment.ts';
import { expect, test } from 'vitest';

test('lets each new cluster go on as the old one that shares most people, once each', () => {
  const labels = Int32Array.of(0, 0, 0, 0, 1, 1, 2, 2, -1);
  const oldLabels = Int32Array.of(1, 1, 1, 0, 0, 0, 1, -1, 0);

  expect(alignClusters(labels, [4, 2, 2], oldLabels, [4, 4])).toEqual([1, 0, null]);
});

test('lets none go on where hardly anybody is shared, or nothing was before', () => {
  const labels = new Int32Array(40);
  const oldLabels = new Int32Array(40).fill(-1).fill(0, 0, 3);

  expect(alignClusters(labels, [40], oldLabels, [10])).toEqual([null]);
  expect(alignClusters(labels, [40], oldLabels, [])).toEqual([null]);
});
