import { setTimeout } from 'node:timers/promises';

import { upsertProducts } from '#catalog/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { recordEvents, recordOrders } from '#events/service.ts';
import { trainModels } from '#recommendations/service.ts';
import { createSegment } from '#segments/service.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { openShop, type Shop, TODAY } from './shop.ts';
import { query, firstError } from '../support/query.ts';
import { globalId } from '../support/global-ids.ts';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await openTestApp();
  app.setNow(TODAY);
  shop = await openShop(app);
  await upsertProducts(app, [
    { sku: 'teapot', name: 'tea warmer', category: 'Home > Kitchen', kind: 'product', price: '7' },
  ]);
  await viewTogether('lamp', 'scone');
  await createSegment(app, { key: 'french', name: 'French', rule: `country = 'FR'` });
  await trainModels(app);
});
afterAll(() => app.close());

async function addCustomer(value: string, input: object = {}): Promise<string> {
  const [outcome] = await upsertCustomers(app, [
    { identities: [{ kind: 'external', value, source: 'test' }], country: 'GB', ...input },
  ]);
  return outcome!.customerId;
}

type Told = Awaited<ReturnType<typeof recommend>>[number];

async function recommend(customerId: string, args = 'first: 10') {
  const data = await query(
    app,
    `query ($id: ID!) { node(id: $id) { ... on Customer {
      recommendations(${args}) { product { sku } algorithm reasons { text keywords } } } } }`,
    { id: globalId('Customer', customerId) },
  );
  return data.node!.recommendations!;
}

/** A hundred and twenty visits in which both were looked at. */
async function viewTogether(...skus: readonly string[]): Promise<void> {
  const crowd = Array.from({ length: 20 }, (_, index) => shop.customers.get(`GB${index}`)!);
  await recordEvents(
    app,
    Array.from({ length: 120 }, (_, visit) =>
      skus.map((sku) => ({
        customerId: crowd[visit % crowd.length]!,
        kind: 'product_viewed',
        source: 'test',
        sessionId: `visit-${visit}`,
        occurredAt: new Date(TODAY.getTime() - (visit + 1) * 3_600_000),
        sku,
      })),
    ).flat(),
  );
}

const skusOf = (list: readonly Told[]): string[] => list.map(({ product }) => product.sku);

describe('a customer without a purchase', () => {
  test('is known by what they looked at, which may itself be recommended', async () => {
    const id = await addCustomer('looking');
    expect((await recommend(id, 'first: 1'))[0]).toMatchObject({ algorithm: 'POPULARITY' });

    await recordEvents(app, [
      { customerId: id, kind: 'product_viewed', source: 'test', occurredAt: TODAY, sku: 'tea' },
      { customerId: id, kind: 'added_to_cart', source: 'test', occurredAt: TODAY, sku: 'cup' },
    ]);

    const list = await recommend(id, 'list: DISCOVER');
    expect(
      list.filter(({ algorithm }) => algorithm === 'ITEM_KNN').map(({ product }) => product.sku),
    ).toEqual(expect.arrayContaining(['pot', 'tea', 'cup']));
    expect(await recommend(id, 'list: REBUY')).toEqual([]);
    // Nothing was bought that could be bought again, asked by method or by list.
    expect(await recommend(id, 'algorithm: REBUY')).toEqual([]);
  });

  test('is known by what they say that they like', async () => {
    const byCategory = await addCustomer('stating', { attributes: { preferences: ['Home > Lighting'] } });
    const byWord = await addCustomer('naming', { attributes: { preferences: ['TEA', 7, 'no such thing'] } });

    expect(
      skusOf(await recommend(byCategory, 'list: DISCOVER, algorithm: ITEM_KNN, first: 2')).toSorted(),
    ).toEqual(['bulb', 'lamp']);
    expect(skusOf(await recommend(byWord, 'list: DISCOVER, first: 2'))).toEqual(['cup', 'pot']);
  });

  test('is offered what their segment buys, the smallest before the country', async () => {
    const [first] = await recommend(shop.customers.get('personne')!);

    expect(first).toMatchObject({
      product: { sku: 'beret' },
      algorithm: 'POPULARITY',
      reasons: [{ text: 'Bought by 20 customers of the segment French.' }, { text: expect.any(String) }],
    });
  });
});

describe('a product that nobody bought', () => {
  test('is found by its words, which the reasons name', async () => {
    const ann = shop.customers.get('ann')!;

    const list = await recommend(ann, 'algorithm: CONTENT, list: DISCOVER');

    const found = list.find(({ product }) => product.sku === 'teapot')!;
    expect(found.reasons!.flatMap(({ keywords }) => keywords ?? [])).toContain('tea');
  });

  test('comes into a blend by its words', async () => {
    const list = await recommend(shop.customers.get('ann')!, 'algorithm: BLEND, list: DISCOVER');

    expect(skusOf(list)).toContain('teapot');
  });
});

describe('a visit', () => {
  const QUERY = `query ($input: RecommendInput!) { recommend(input: $input) {
    product { sku } algorithm reasons(first: 1) { kind text } } }`;
  const idsOf = (...skus: readonly string[]) =>
    skus.map((sku) => globalId('Product', shop.products.get(sku)!));

  test('goes on as visits before it did', async () => {
    const data = await query(app, QUERY, { input: { session: idsOf('tea', 'lamp'), first: 3 } });

    expect(data.recommend![0]).toEqual({
      product: { sku: 'scone' },
      algorithm: 'SESSION_KNN',
      reasons: [{ kind: 'SEEN_TOGETHER', text: 'Visits with lamp often have this too.' }],
    });
  });

  test('leaves a basket to what is bought together', async () => {
    const data = await query(app, QUERY, { input: { basket: idsOf('lamp'), first: 1 } });

    expect(data.recommend).toMatchObject([{ product: { sku: 'bulb' }, algorithm: 'ITEM_KNN' }]);
  });
});

describe('variety', () => {
  test('caps a category, and fills the places with others', async () => {
    const id = await addCustomer('varied');
    const plain = await recommend(id, 'first: 4, filter: { category: "Home" }');

    const varied = await recommend(
      id,
      'first: 4, filter: { category: "Home" }, diversity: { relevance: 1, mostPerCategory: 1 }',
    );

    expect(plain).toHaveLength(4);
    expect(varied).toHaveLength(2);
    expect(skusOf(varied)[0]).toBe(skusOf(plain)[0]);
  });

  test('looks for what differs, however it is ranked', async () => {
    const id = await addCustomer('curious');
    const plain = skusOf(await recommend(id, 'first: 3, list: DISCOVER, filter: { category: "Home" }'));
    const varied = skusOf(
      await recommend(
        id,
        'first: 2, list: DISCOVER, filter: { category: "Home" }, diversity: { relevance: 0.1 }',
      ),
    );

    const isLight = (sku: string) => ['lamp', 'bulb'].includes(sku);
    expect(varied[0]).toBe(plain[0]);
    expect(isLight(varied[0]!)).not.toBe(isLight(varied[1]!));
  });

  test.for(['relevance: 1.5', 'relevance: -1', 'mostPerCategory: 0'])(
    'is refused with %s',
    async (diversity) => {
      const error = await firstError(
        app,
        `query ($id: ID!) { node(id: $id) { ... on Customer { recommendations(diversity: { ${diversity} }) { rank } } } }`,
        { id: globalId('Customer', shop.customers.get('ann')!) },
      );

      expect(error.code).toBe('BAD_USER_INPUT');
    },
  );
});

test('what was written a tenth of a second ago is in the answer: an event, then an order', async () => {
  const id = await addCustomer('at once');
  const ask = async () => skusOf(await recommend(id, 'list: DISCOVER, algorithm: ITEM_KNN'));
  expect(await ask()).toEqual([]);

  await recordEvents(app, [
    { customerId: id, kind: 'product_viewed', source: 'test', occurredAt: TODAY, sku: 'lamp' },
  ]);
  await setTimeout(100);
  expect(await ask()).toContain('bulb');

  await recordOrders(app, [
    {
      customerId: id,
      source: 'test',
      number: 'now',
      kind: 'sale',
      placedAt: TODAY,
      lines: [{ sku: 'tea', quantity: 1, unitPrice: '4.00' }],
    },
  ]);
  await setTimeout(100);
  expect(await ask()).toEqual(expect.arrayContaining(['cup', 'pot']));
  expect(skusOf(await recommend(id, 'list: REBUY'))).toEqual(['tea']);
});
