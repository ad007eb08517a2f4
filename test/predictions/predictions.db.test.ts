import { createRandom } from '#numeric/random.ts';
import { aliveProbability, type BgNbdParameters, expectPurchases } from '#predictions/algorithms/bg-nbd.ts';
import { expectSpend, type GammaGammaParameters } from '#predictions/algorithms/gamma-gamma.ts';
import { trainPredictions } from '#predictions/service.ts';
import { servingModels } from '#predictions/serving.ts';
import { recomputeProfiles } from '#profiles/service.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { trainAll, type TrainedModels } from '../../src/main/compute-all.ts';
import { openTestApp, type TestApp } from '../support/app.ts';
import { execute, executeOnce, query, textLike } from '../support/query.ts';
import { insertCustomers } from '../customers/seed.ts';
import { insertOrders } from '../events/seed.ts';
import { insertProduct, type ShopProduct } from '../catalog/seed.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY_MS = 86_400_000;

let app: TestApp;
let product: ShopProduct;
let regularId: string;
let newcomerId: string;
let visitorId: string;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  product = await insertProduct(app.db);
  [regularId, newcomerId, visitorId] = (await insertCustomers(app.db, 3)) as [string, string, string];
  await buy(regularId, [
    ['2026-03-01T09:00', '20'],
    ['2026-03-01T21:00', '10'],
    ['2026-03-11T08:00', '40'],
    ['2026-04-20T10:00', '20'],
  ]);
  await giveBack(regularId, '2026-04-25T10:00', '15');
  await buy(newcomerId, [['2026-05-01T10:00', '30']]);
  await recomputeProfiles(app);
});
afterAll(() => app.close());
beforeEach(() => app.setNow(NOW));

/** Orders of one product at these instants (UTC) and prices. */
async function buy(
  customerId: string,
  sales: readonly (readonly [at: string, price: string])[],
): Promise<void> {
  await insertOrders(
    app.db,
    sales.map(([at, unitPrice]) => ({
      customerId,
      kind: 'sale' as const,
      placedAt: new Date(`${at}:00Z`),
      lines: [{ product, quantity: 1, unitPrice }],
    })),
  );
}

async function giveBack(customerId: string, at: string, unitPrice: string): Promise<void> {
  await insertOrders(app.db, [
    {
      customerId,
      kind: 'return',
      placedAt: new Date(`${at}:00Z`),
      lines: [{ product, quantity: -1, unitPrice }],
    },
  ]);
}

/** People who buy at rates of their own and leave by chance: what the models suppose. The newest sale is of NOW. */
async function addCrowd(count: number): Promise<void> {
  const random = createRandom(7);
  const ids = await insertCustomers(app.db, count);
  const orders = ids.flatMap((customerId) => {
    const meanGapDays = 5 + 40 * random.uniform();
    const meanPrice = 10 + 40 * random.uniform();
    const times = [];
    for (
      let time = 300 * random.uniform();
      time <= 300;
      time -= meanGapDays * Math.log(1 - random.uniform())
    ) {
      times.push(time);
      if (times.length > 1 && random.uniform() < 0.2) break;
    }
    return times.map((daysAfter) => ({
      customerId,
      kind: 'sale' as const,
      placedAt: new Date(NOW.getTime() - (300 - daysAfter) * DAY_MS),
      lines: [{ product, quantity: 1, unitPrice: (meanPrice * (0.5 + random.uniform())).toFixed(2) }],
    }));
  });
  await insertOrders(app.db, [
    ...orders,
    { customerId: ids[0]!, kind: 'sale', placedAt: NOW, lines: [{ product, quantity: 1, unitPrice: '5' }] },
  ]);
  await recomputeProfiles(app);
}

const PREDICTIONS = `predictions {
  aliveProbability churnRisk expectedOrders month: expectedOrders(days: 30) lifetimeValue { amount currency }
  modelVersion trainedAt
}`;

async function predict(id: string) {
  const data = await query(app, `query ($id: ID!) { customer(by: { id: $id }) { ${PREDICTIONS} } }`, { id });
  return data.customer!.predictions!;
}

async function readParameters<Parameters>(kind: string, version: number): Promise<Parameters> {
  const [row] = await app.db.query<{ parameters: Parameters }>(
    `select parameters from prediction_models where kind = $1 and version = $2`,
    [kind, version],
  );
  return row!.parameters;
}

test('refuses to train on a few customers, writes nothing and answers null', async () => {
  expect(await trainPredictions(app)).toEqual({
    isTrained: false,
    reason: 'Predictions need at least 50 customers who bought on two days, found 1.',
  });

  expect(await app.db.query('select id from prediction_models')).toEqual([]);
  expect(await predict(regularId)).toEqual({
    aliveProbability: null,
    churnRisk: null,
    expectedOrders: null,
    month: null,
    lifetimeValue: null,
    modelVersion: null,
    trainedAt: null,
  });
});

describe('trained', () => {
  const notes: string[] = [];
  let training: TrainedModels;
  beforeAll(async () => {
    app.setNow(NOW);
    await addCrowd(300);
    training = await trainAll(app, (line) => notes.push(line));
  });

  test('are fitted to a shop of one product, which is too little for recommendations alone', () => {
    expect(training).toEqual({
      models: [],
      predictions: { isTrained: true, version: 1, customerCount: 302 },
    });
    expect(notes).toEqual([expect.stringMatching(/2 products that were bought, found 302 and 1/)]);
  });

  test('stores a model of purchases and one of spend, fitted to everybody who ever bought', async () => {
    expect(
      await app.db.query(
        'select kind, version, customer_count as "customerCount" from prediction_models order by kind',
      ),
    ).toEqual([
      { kind: 'purchases', version: 1, customerCount: 302 },
      { kind: 'spend', version: 1, customerCount: 302 },
    ]);
  });

  test('answers what the formulas give for the days and the spend of a customer', async () => {
    const purchases = await readParameters<BgNbdParameters>('purchases', 1);
    const spend = await readParameters<GammaGammaParameters>('spend', 1);

    const answer = await predict(regularId);

    // Three days, 1 March, 11 March and 20 April, observed to 1 June; 90 less 15 in three days.
    const history = [2, 50, 92] as const;
    const alive = aliveProbability(purchases, ...history);
    const revenue = expectPurchases(purchases, ...history, 365) * expectSpend(spend, 3, 25);
    expect(answer).toEqual({
      aliveProbability: alive,
      churnRisk: 1 - alive,
      expectedOrders: expectPurchases(purchases, ...history, 90),
      month: expectPurchases(purchases, ...history, 30),
      lifetimeValue: { amount: revenue.toFixed(2), currency: 'GBP' },
      modelVersion: 1,
      trainedAt: NOW.toISOString(),
    });
    expect(alive).toBeGreaterThan(0);
    expect(alive).toBeLessThan(1);
  });

  test('answers nothing but the model for somebody who never ordered, and 1 for alive after one purchase day', async () => {
    expect(await predict(visitorId)).toMatchObject({
      aliveProbability: null,
      churnRisk: null,
      expectedOrders: null,
      lifetimeValue: null,
      modelVersion: 1,
      trainedAt: NOW.toISOString(),
    });
    expect(await predict(newcomerId)).toMatchObject({ aliveProbability: 1, churnRisk: 0 });
  });

  test('trusts a silent customer less from day to day, without a training', async () => {
    const before = await predict(regularId);
    app.setNow(new Date(NOW.getTime() + 60 * DAY_MS));

    const after = await predict(regularId);

    expect(after['aliveProbability']).toBeLessThan(before['aliveProbability'] as number);
    expect(after['expectedOrders']).toBeLessThan(before['expectedOrders'] as number);
    expect(after['modelVersion']).toBe(1);
  });

  test('learns from the newest sale back, so that training later on the same sales changes nothing', async () => {
    app.setNow(new Date(NOW.getTime() + 1000 * DAY_MS));

    expect(await trainPredictions(app)).toMatchObject({ isTrained: true, version: 2 });

    expect(await readParameters('purchases', 2)).toEqual(await readParameters('purchases', 1));
    expect(await readParameters('spend', 2)).toEqual(await readParameters('spend', 1));
    expect((await predict(regularId))['modelVersion']).toBe(2);
  });

  test('trains once where two ask at the same time', async () => {
    const trainings = await Promise.all([trainPredictions(app), trainPredictions(app)]);

    expect(trainings.filter(({ isTrained }) => isTrained)).toHaveLength(1);
    expect(trainings).toContainEqual({
      isTrained: false,
      reason: 'Another process is training the predictions.',
    });
  });

  test.each([0, -1, 3651])('tells a caller that %i days are not between 1 and 3650', async (days) => {
    for (const field of ['expectedOrders', 'lifetimeValue { amount }']) {
      const asked = field.replace(/^\w+/, `$&(days: ${days})`);

      const { errors } = await execute<string>(
        app,
        `query ($id: ID!) { customer(by: { id: $id }) { predictions { ${asked} } } }`,
        { id: regularId },
      );

      expect(errors?.[0]?.message).toBe(`\`days\` must be between 1 and 3650, got ${days}.`);
      expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    }
  });

  test.each([1, 50])('sends one statement more for a page of %i than the profiles need', async (first) => {
    const page = async (selection: string) => {
      servingModels(app).forget();
      app.resetStatements();
      const text = `{ customers(first: ${first}) { nodes { ${selection} } } }`;
      const { data } = await executeOnce(app, textLike<'{ customers { nodes { id } } }'>(text));
      expect(data!.customers!.nodes).toHaveLength(first);
      return app.statements;
    };
    const withProfiles = [...(await page('profile { orderCount }'))];

    const withPredictions = [...(await page(`profile { orderCount } ${PREDICTIONS}`))];

    // The models, which the next five seconds of requests share.
    expect(withPredictions.filter((text) => text.startsWith('/* predictions.'))).toHaveLength(1);
    expect(withPredictions).toHaveLength(withProfiles.length + 1);
  });
});
