import { computeClusters } from '#segments/clusters/clustering.ts';
import { drawClusters } from '#segments/clusters/plot.ts';
import type { ClusterRow } from '#segments/clusters/queries.ts';
import { clusterDefaults } from '#segments/clusters/settings.ts';
import { expect, test } from 'vitest';

test('draws a dot per point in the colour of its cluster, and a legend', () => {
  const amounts = Float64Array.from({ length: 40 }, (_, row) => (row < 30 ? row : 500 + row));
  const settings = { ...clusterDefaults, traits: ['amount_spent'], count: 2 };
  const { report } = computeClusters({ settings, columns: [amounts], isWhole: [false] })!;
  const points = report.points.map((point) => ({ ...point, cluster: point.cluster === 0 ? 7 : 0 }));
  const cluster = { number: 7, name: 'Low <spend>', size: 30, share: 0.75 } as ClusterRow;

  const svg = drawClusters('Spend & more', { ...report, points }, [cluster]);

  expect(svg.match(/<circle [^>]*fill="#0072b2" fill-opacity/g)).toHaveLength(30);
  expect(svg.match(/<circle [^>]*fill="#bbbbbb"/g)).toHaveLength(10);
  expect(svg).toContain('Spend &amp; more');
  expect(svg).toContain('7: 30 people, 75.0 %');
  expect(svg).toContain('Low &lt;spend>');
  expect(svg).not.toMatch(/NaN|undefined/);
});
