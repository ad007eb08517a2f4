import { impressionLog } from '#recommendations/impressions/impressions.ts';
import { trainModels } from '#recommendations/service.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { buy, openShop, type Shop, TODAY } from '../shop.ts';
import { execute, query } from '../../support/query.ts';
import { globalId } from '../../support/global-ids.ts';

const DAY_MS = 86_400_000;
let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await openTestApp({ RECOMMENDATION_SAMPLE: '1' });
  app.setNow(TODAY);
  shop = await openShop(app);
  await trainModels(app);
});
afterAll(() => app.close());
beforeEach(async () => {
  await impressionLog(app).write();
  await app.db.query('delete from recommendation_impressions');
  app.setNow(TODAY);
});

async function show(customer: string, args: string): Promise<void> {
  await query(
    app,
    `query ($id: ID!) { node(id: $id) { ... on Customer { recommendations(${args}) { rank } } } }`,
    { id: globalId('Customer', shop.customers.get(customer)!) },
  );
}

async function readOutcomes(args = 'withinDays: 7') {
  const data = await query(
    app,
    `{ recommendationOutcomes(${args}) {
      algorithm list listCount hitCount hitRate shownCount boughtCount conversionRate } }`,
  );
  return data.recommendationOutcomes!;
}

test('what is shown is written in the background, each product with its method and place', async () => {
  app.resetStatements();
  await show('ann', 'first: 3');
  expect(app.statements.filter((text) => text.includes('impressions'))).toEqual([]);

  await impressionLog(app).write();

  expect(app.statements.filter((text) => text.includes('impressions.insert'))).toHaveLength(1);
  const rows = await app.db.query(
    `select i.rank, p.sku, i.list, i.algorithm, i.model_version as version, i.shown_at as "shownAt"
    from recommendation_impressions i join products p on p.id = i.product_id order by i.rank`,
  );
  expect(rows).toEqual([
    { rank: 1, sku: 'tea', list: 'rebuy', algorithm: 'rebuy', version: 1, shownAt: TODAY },
    { rank: 2, sku: 'pot', list: 'discover', algorithm: 'item-knn', version: 1, shownAt: TODAY },
    { rank: 3, sku: 'cup', list: 'rebuy', algorithm: 'rebuy', version: 1, shownAt: TODAY },
  ]);
});

test('lists of many requests are written by one statement', async () => {
  for (const customer of ['ann', 'bob', 'cat', 'dan']) await show(customer, 'first: 10');
  app.resetStatements();

  await impressionLog(app).write();

  expect(app.statements).toHaveLength(1);
});

test('a failure to write is logged and harms no request', async () => {
  await app.db.query('alter table recommendation_impressions rename to hidden');
  await show('ann', 'first: 10');
  await impressionLog(app).write();
  await app.db.query('alter table hidden rename to recommendation_impressions');

  await show('ann', 'first: 1');
  await impressionLog(app).write();
  expect(await app.db.query('select 1 from recommendation_impressions')).toHaveLength(1);
});

describe('outcomes', () => {
  test('count what was bought within the days, by method and list', async () => {
    await show('ann', 'list: REBUY');
    await show('bob', 'list: REBUY');
    await show('ann', 'list: DISCOVER, algorithm: ITEM_KNN');
    await impressionLog(app).write();
    // Shown at noon of day 30: tea is bought in time, cup too late, pot had been bought before it was shown.
    await buy(app, shop, 'ann', 'tea', 35);
    await buy(app, shop, 'ann', 'cup', 38);
    await buy(app, shop, 'bob', 'pot', 30);
    app.setNow(new Date(TODAY.getTime() + 20 * DAY_MS));

    expect(await readOutcomes()).toEqual([
      {
        algorithm: 'ITEM_KNN',
        list: 'DISCOVER',
        listCount: 1,
        hitCount: 0,
        hitRate: 0,
        shownCount: 1,
        boughtCount: 0,
        conversionRate: 0,
      },
      {
        algorithm: 'REBUY',
        list: 'REBUY',
        listCount: 2,
        hitCount: 1,
        hitRate: 0.5,
        shownCount: 5,
        boughtCount: 1,
        conversionRate: 0.2,
      },
    ]);
    expect((await readOutcomes('withinDays: 10'))[1]).toMatchObject({ hitCount: 1, boughtCount: 2 });
  });

  test('leave out lists whose days are not over', async () => {
    await show('ann', 'list: REBUY');
    await impressionLog(app).write();

    app.setNow(new Date(TODAY.getTime() + 6 * DAY_MS));
    expect(await readOutcomes()).toEqual([]);
    app.setNow(new Date(TODAY.getTime() + 8 * DAY_MS));
    expect(await readOutcomes()).toMatchObject([{ algorithm: 'REBUY', listCount: 1 }]);
  });

  test('are refused for a time that is no time', async () => {
    const refused = await execute(app, '{ recommendationOutcomes(withinDays: 0) { hitRate } }');

    expect(refused.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });
});

test('nothing is noted while nothing is sampled', async () => {
  const quiet = await openTestApp();
  quiet.setNow(TODAY);
  await openShop(quiet);
  await trainModels(quiet, { algorithms: ['popularity'] });

  await execute(quiet, '{ customers(first: 20) { nodes { recommendations { rank } } } }');
  await impressionLog(quiet).write();

  expect(await quiet.db.query('select 1 from recommendation_impressions')).toEqual([]);
  await quiet.close();
});
