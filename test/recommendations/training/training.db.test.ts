import { setImmediate } from 'node:timers/promises';

import { modelRegistry } from '#recommendations/models/registry.ts';
import { publishVersionOf } from '#recommendations/models/store.ts';
import { publishVersion, trainModels } from '#recommendations/service.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { buy, openShop, type Shop, TODAY } from '../shop.ts';
import { query } from '../../support/query.ts';
import { globalId } from '../../support/global-ids.ts';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await openTestApp();
  app.setNow(TODAY);
});
afterAll(() => app.close());

/** The shop as it opened, with nothing trained. */
async function startOver(): Promise<void> {
  await app.db.query('delete from model_artifacts');
  await app.db.query('delete from models');
  await app.db.query(`delete from order_lines where placed_at >= '2026-06-25' and placed_at < '2026-06-26'`);
  await modelRegistry(app).refresh();
}

const MODELS = `{ models {
  algorithm version status seed hyperparameters metrics customerCount productCount interactionCount dataFrom dataTo publishedAt
} }`;

interface ToldModel {
  readonly algorithm: string;
  readonly version: number;
  readonly status: string;
}

async function readModels(): Promise<readonly ToldModel[]> {
  const data = await query(app, MODELS);
  return data.models!;
}

/** What is trained by default where nobody looks at anything. */
const QUICK = [
  'BLEND',
  'CONTENT',
  'EASE',
  'IALS',
  'ITEM_KNN',
  'PERSONAL_FREQUENCY',
  'POPULARITY',
  'REBUY',
  'RP3BETA',
  'SOCIAL',
  'TIFU_KNN',
  'USER_KNN',
];

function allOf(version: number): number[] {
  return QUICK.map(() => version);
}

async function publishedVersions(): Promise<number[]> {
  return (await readModels()).filter(({ status }) => status === 'PUBLISHED').map(({ version }) => version);
}

/** What is discovered for ann: `pot` as long as the first training serves. */
async function discoverForAnn(): Promise<string[]> {
  const data = await query(
    app,
    `query ($id: ID!) { node(id: $id) { ... on Customer {
      recommendations(list: DISCOVER, algorithm: ITEM_KNN) { product { sku } } } } }`,
    { id: globalId('Customer', shop.customers.get('ann')!) },
  );
  return data.node!.recommendations!.map(({ product }) => product.sku);
}

/** From now on lamps go with tea: a second training finds it out. */
async function sellLampsWithTea(): Promise<void> {
  for (const customer of ['bob', 'cat', 'GB0', 'GB1', 'GB2']) {
    await buy(app, shop, customer, 'tea', 25);
    await buy(app, shop, customer, 'lamp', 25);
  }
}

test('an empty database answers that there is nothing to learn from', async () => {
  await expect(trainModels(app)).rejects.toMatchObject({
    name: 'NotEnoughDataError',
    message: expect.stringContaining('found 0 and 0'),
  });
  expect(await readModels()).toEqual([]);
});

describe('a shop', () => {
  beforeAll(async () => {
    shop = await openShop(app);
  });
  beforeEach(startOver);

  test('has empty lists before any training, and nothing fails', async () => {
    const data = await query(
      app,
      `query ($id: ID!) {
        models { version }
        recommend(input: {}) { rank }
        node(id: $id) { ... on Customer { recommendations { rank } similarCustomers { score } } }
      }`,
      { id: globalId('Customer', shop.customers.get('ann')!) },
    );

    expect(data).toMatchObject({
      models: [],
      recommend: [],
      node: { recommendations: [], similarCustomers: [] },
    });
  });

  describe('a training', () => {
    test('publishes a version of each method and tells what it was trained on', async () => {
      const { versions } = await trainModels(app, { seed: 42 });

      expect(versions).toHaveLength(QUICK.length);
      const told = await readModels();
      expect(told.map(({ algorithm }) => algorithm)).toEqual(QUICK);
      // Five with a history and 42 of the crowds; postage and the guest's lamps are in nobody's.
      expect(told.find(({ algorithm }) => algorithm === 'ITEM_KNN')).toMatchObject({
        version: 1,
        status: 'PUBLISHED',
        seed: 42,
        customerCount: 47,
        productCount: 9,
        interactionCount: 13 + 42,
        hyperparameters: { weighting: 'count', neighbourCount: 50 },
        // Of ann, bob, cat, dan and eve only ann and bob came twice, and only bob for something new: a pot and a tray.
        metrics: { cases: 1, 'hr@10': 1, 'recall@10': 0.5 },
        publishedAt: TODAY.toISOString(),
      });
    });

    test('leaves out people who are gone', async () => {
      const ann = shop.customers.get('ann');
      await app.db.query('update customers set erased_at = now() where id = $1::uuid', [ann]);

      const summary = await trainModels(app);
      await app.db.query('update customers set erased_at = null where id = $1::uuid', [ann]);

      expect(summary).toMatchObject({ customerCount: 46 });
    });

    test('replaces the models while requests go on, none of which fails', async () => {
      await trainModels(app);
      expect(await discoverForAnn()).toContain('pot');
      expect(await discoverForAnn()).not.toContain('lamp');
      await sellLampsWithTea();

      const finished = new AbortController();
      const training = trainModels(app).finally(() => finished.abort());
      let requestCount = 0;
      while (!finished.signal.aborted) {
        expect(await discoverForAnn()).toContain('pot');
        requestCount += 1;
        // Requests come through sockets: they let the event loop turn.
        await setImmediate();
      }
      await training;

      expect(requestCount).toBeGreaterThan(1);
      expect(await discoverForAnn()).toContain('lamp');
      expect(await publishedVersions()).toEqual(allOf(2));
    });

    test('that fails leaves the models before serving', async () => {
      await trainModels(app);
      await sellLampsWithTea();

      await expect(
        trainModels(app, {
          hyperparameters: {
            'item-knn': { neighbourCount: -1, shrinkage: 0, weighting: 'count', reach: 100 },
          },
        }),
      ).rejects.toThrow(RangeError);

      expect(await discoverForAnn()).not.toContain('lamp');
      expect(await publishedVersions()).toEqual(allOf(1));
      expect((await readModels()).filter(({ status }) => status === 'FAILED')).toHaveLength(QUICK.length);
    });

    test('that is interrupted leaves the models before serving, and the next one succeeds', async () => {
      await trainModels(app);
      const controller = new AbortController();
      const onProgress = () => controller.abort(new Error('stopped by the test'));

      await expect(trainModels(app, { signal: controller.signal, onProgress })).rejects.toThrow(
        'stopped by the test',
      );
      expect(await publishedVersions()).toEqual(allOf(1));
      expect(await discoverForAnn()).toContain('pot');

      await trainModels(app);
      expect(await publishedVersions()).toHaveLength(QUICK.length);
    });

    test('tidies up after a process that died while it trained', async () => {
      await trainModels(app);
      await app.db.query(`update models set status = 'training' where algorithm = 'item-knn'`);

      await trainModels(app);

      const statuses = (await readModels()).filter(({ algorithm }) => algorithm === 'ITEM_KNN');
      expect(statuses.map(({ status }) => status)).toEqual(['PUBLISHED', 'FAILED']);
    });

    test('runs alone: a second one at the same time is refused', async () => {
      const outcomes = await Promise.allSettled([trainModels(app), trainModels(app)]);

      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { name: 'TrainingUnderWayError' },
      });
      expect(await publishedVersions()).toEqual(allOf(1));
    });

    test('keeps a few versions and the numbers of those only', async () => {
      for (let round = 0; round < 5; round += 1) await trainModels(app);

      const versions = (await readModels()).filter(({ algorithm }) => algorithm === 'REBUY');
      expect(versions.map(({ version }) => version)).toEqual([5, 4, 3, 2]);
      expect(
        await app.db.query('select 1 from model_artifacts where model_id not in (select id from models)'),
      ).toEqual([]);
    });

    test('gives the same numbers for the same purchases', async () => {
      await trainModels(app);
      await trainModels(app);

      const sums = await app.db.query<{ sum: string }>(
        `select m.version, md5(string_agg(md5(a.bytes), '' order by m.algorithm, a.part, a.piece)) as sum
      from models m join model_artifacts a on a.model_id = m.id group by m.version`,
      );
      expect(sums).toHaveLength(2);
      expect(sums[0]!.sum).toBe(sums[1]!.sum);
    });
  });

  describe('publishing', () => {
    test('goes back to an older version at once', async () => {
      await trainModels(app);
      await sellLampsWithTea();
      await trainModels(app);
      expect(await discoverForAnn()).toContain('lamp');

      await publishVersion(app, 'item-knn', 1);

      expect(await discoverForAnn()).not.toContain('lamp');
      expect((await readModels()).filter(({ algorithm }) => algorithm === 'ITEM_KNN')).toMatchObject([
        { version: 2, status: 'RETIRED' },
        { version: 1, status: 'PUBLISHED' },
      ]);
    });

    test('refuses a version that there is not', async () => {
      await trainModels(app);

      await expect(publishVersion(app, 'rebuy', 7)).rejects.toThrow(
        'Version 7 of rebuy cannot be published; of this algorithm there are 1.',
      );
    });

    test('by another process is noticed by this one', async () => {
      await trainModels(app);
      await trainModels(app);
      expect((await modelRegistry(app).current()).get('rebuy')?.version).toBe(2);

      // As another process does it: nothing but the notice tells.
      await publishVersionOf(app.db, 'rebuy', 1, TODAY);

      await expect
        .poll(async () => (await modelRegistry(app).current()).get('rebuy')?.version, { timeout: 5000 })
        .toBe(1);
    });
  });
});
