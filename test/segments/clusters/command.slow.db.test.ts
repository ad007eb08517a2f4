import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { createPlace, run } from '../../support/gateway-process.ts';

vi.setConfig({ testTimeout: 120_000 });

test('says in one line that there is nobody to cluster, and no set to draw', async () => {
  const place = await createPlace();

  const created = await run(place, ['clusters', 'create', 'rfm', '--traits', 'amount_spent']);
  const drawn = await run(place, ['clusters', 'plot', 'other', '--out', join(place.dataDir, 'other.svg')]);
  const listed = await run(place, ['clusters', 'list', '--json']);
  await place.remove();

  expect([created.code, drawn.code, listed.code]).toEqual([1, 1, 0]);
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { key: 'rfm', status: 'failed', settings: { traits: ['amount_spent'], algorithm: 'k-means' } },
  ]);
  expect(created.stderr).toContain('Clusters need at least 10 people, the filter finds 0.');
  expect(drawn.stderr).toContain('There is no cluster set with the key other.');
});
