import { upsertProducts } from '#catalog/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { recordOrders } from '#events/service.ts';
import { modelRegistry } from '#recommendations/models/registry.ts';
import { readModels } from '#recommendations/models/store.ts';
import { trainModels } from '#recommendations/service.ts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { createProgram } from '../../../src/main/program.ts';
import { openTestApp, type TestApp } from '../../support/app.ts';
import { createPlace, run } from '../../support/gateway-process.ts';
import { query } from '../../support/query.ts';

const PAIRS = 8;
/** Enough of them came twice for a measurement, and for weights to be learned beside it. */
const CUSTOMERS_PER_PAIR = 30;
const day = (number: number) => new Date(Date.UTC(2026, 4, number, 10));

let app: TestApp;

/** Whoever buys the first product of a pair buys the second one; half of them on a day of their own. */
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(day(30));
  await upsertProducts(
    app,
    Array.from({ length: PAIRS * 2 }, (_, item) => ({
      sku: `p${item}`,
      name: `product ${item}`,
      kind: 'product',
    })),
  );
  const people = Array.from({ length: PAIRS * CUSTOMERS_PER_PAIR }, (_, index) => index);
  const outcomes = await upsertCustomers(
    app,
    people.map((index) => ({ identities: [{ kind: 'external', value: `c${index}`, source: 'test' }] })),
  );
  const line = (item: number) => ({ sku: `p${item}`, quantity: 1, unitPrice: '1.00' });
  await recordOrders(
    app,
    people.flatMap((index) => {
      const first = (index % PAIRS) * 2;
      const buysAtOnce = index < people.length / 2;
      const order = {
        customerId: outcomes[index]!.customerId,
        source: 'test',
        kind: 'sale',
      } as const;
      return [
        {
          ...order,
          number: `a${index}`,
          placedAt: day(1),
          lines: [line(first), ...(buysAtOnce ? [line(first + 1)] : [])],
        },
        ...(buysAtOnce
          ? []
          : [{ ...order, number: `b${index}`, placedAt: day(9), lines: [line(first + 1)] }]),
      ];
    }),
  );
});
afterAll(() => app.close());

async function readVersions(): Promise<readonly string[]> {
  const rows = await readModels(app.db);
  return rows.map(({ algorithm, version, status }) => `${algorithm} ${version} ${status}`);
}

test('a version that is worse than chance explains is rejected, and the one before goes on serving', async () => {
  await trainModels(app, { algorithms: ['item-knn'] });
  const forgetful = { neighbourCount: 0, shrinkage: 10, weighting: 'count', reach: 100 };

  const { versions, rejected } = await trainModels(app, {
    algorithms: ['item-knn'],
    hyperparameters: { 'item-knn': forgetful },
  });

  expect(versions).toEqual([]);
  expect(rejected).toMatchObject([{ algorithm: 'item-knn', version: 2 }]);
  expect(await readVersions()).toEqual(['item-knn 2 rejected', 'item-knn 1 published']);
  expect((await readModels(app.db))[0]!.notes).toEqual([expect.stringContaining('version 1 reached')]);
  expect((await modelRegistry(app).current()).get('item-knn')?.version).toBe(1);
});

test('a blend brings its members with it, and leaves the other methods as they are', async () => {
  await trainModels(app, { algorithms: ['blend'] });

  const rows = await readModels(app.db);
  const published = rows.filter(({ status }) => status === 'published').map(({ algorithm }) => algorithm);
  expect(published).toEqual(['blend', 'content', 'ease', 'ials', 'item-knn', 'rp3beta']);
  const { hyperparameters, defaultFor } = rows.find(({ algorithm }) => algorithm === 'blend')!;
  const weights = Object.values(hyperparameters['weights'] as Record<string, number>);
  expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
  // Learned: the four would weigh alike else.
  expect(new Set(weights).size).toBeGreaterThan(1);
  expect(defaultFor).toEqual([]);
});

test('every method can be trained by name, and answers', async () => {
  await trainModels(app, { algorithms: ['slim', 'edlae', 'bpr', 'mlp', 'neumf', 'session-knn'] });

  for (const algorithm of ['SLIM', 'EDLAE', 'BPR', 'MLP', 'NEUMF', 'SESSION_KNN'] as const) {
    const data = await query(
      app,
      `query ($algorithm: Algorithm) { customer(by: { externalId: { source: "test", id: "c2" } }) {
        recommendations(algorithm: $algorithm, list: DISCOVER) { algorithm score reasons { weight kind text } } } }`,
      { algorithm },
    );
    for (const one of data.customer!.recommendations!) {
      expect(one.algorithm).toBe(algorithm);
      const sum = one.reasons!.reduce((total: number, { weight }: { weight: number }) => total + weight, 0);
      expect(sum).toBeCloseTo(one.score, 6);
    }
  }
});

test.for([
  ['models', 'publish', 'eese', '3'],
  ['models', 'publish', 'ease', 'three'],
  ['train', '--algorithms', 'ease, foo'],
])('the command line refuses %s with what was expected', async (args) => {
  const program = createProgram();
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.configureOutput({ writeErr: () => {} });
  }

  await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow(
    /Expected (one of|a whole number)/,
  );
});

test('the command line lists versions and goes back to one, as long as there is such a version', async () => {
  const place = await createPlace();
  onTestFinished(() => place.remove());

  const list = await run(place, ['models', 'list']);
  const unknown = await run(place, ['models', 'publish', 'ease', '3']);

  expect(list).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ALGORITHM +VERSION +STATUS/) });
  expect(unknown).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'Version 3 of ease cannot be published; of this algorithm there is none.',
    ),
  });
}, 60_000);
