import { trainModels } from '#recommendations/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { globalId } from '../../support/global-ids.ts';
import { openTestApp, type TestApp } from '../../support/app.ts';
import { firstError, query } from '../../support/query.ts';
import type { Inputs } from '../../support/schema-types.d.ts';
import { openShop, type Shop, TODAY } from '../shop.ts';

let app: TestApp;
let shop: Shop;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(TODAY);
  shop = await openShop(app);
  await trainModels(app);
});
afterAll(() => app.close());

const RANK = `query ($input: RankProductsInput!) { rankProducts(input: $input) {
  rank product { sku } recommendation { rank score algorithm list product { sku } reasons { text } } } }`;

const idsOf = (skus: readonly string[]) => skus.map((sku) => globalId('Product', shop.products.get(sku)!));
const customerOf = (name: string) => ({ id: shop.customers.get(name)! });

async function rank(customer: string, input: Omit<Inputs['RankProductsInput'], 'customer'>) {
  const data = await query(app, RANK, { input: { customer: customerOf(customer), ...input } });
  return data.rankProducts!;
}

type Ranked = Awaited<ReturnType<typeof rank>>;
const skusOf = (ranked: Ranked) => ranked.map(({ product }) => product.sku);

const LISTING = ['postage', 'lamp', 'cup', 'tray', 'tea', 'pot', 'jug'];

test('every product of the listing comes once, in another order for another customer', async () => {
  const [ann, dan] = [
    await rank('ann', { products: idsOf([...LISTING, 'lamp']) }),
    await rank('dan', { products: idsOf(LISTING) }),
  ];

  expect(skusOf(ann).toSorted()).toEqual(LISTING.toSorted());
  expect(skusOf(dan).toSorted()).toEqual(LISTING.toSorted());
  expect(skusOf(ann)).not.toEqual(skusOf(dan));
  expect(ann.map((one) => one.rank)).toEqual(LISTING.map((_, index) => index + 1));
  // She buys tea again and again.
  expect(ann[0]).toMatchObject({ product: { sku: 'tea' }, recommendation: { list: 'REBUY' } });
});

test('what no method scores stays behind, in the order given', async () => {
  const ranked = await rank('ann', { products: idsOf(LISTING) });

  const unscored = ranked.filter(({ recommendation }) => recommendation === null);
  // A service and an archived product are never recommended.
  expect(skusOf(unscored)).toEqual(['postage', 'jug']);
  expect(skusOf(ranked.slice(-2))).toEqual(['postage', 'jug']);
  for (const { rank: place, product, recommendation } of ranked.slice(0, -2)) {
    expect(recommendation).toMatchObject({ rank: place, product });
    expect(recommendation!.reasons!.length).toBeGreaterThan(0);
  }
});

test.each(['POPULARITY', 'ITEM_KNN', 'USER_KNN', 'IALS', 'REBUY'] as const)(
  'by %s the order is that of its list, without what the listing lacks',
  async (algorithm) => {
    const { node } = await query(
      app,
      `query ($id: ID!, $algorithm: Algorithm!) { node(id: $id) { ... on Customer {
        recommendations(first: 100, algorithm: $algorithm, filter: { inStock: false }) { product { sku } score } } } }`,
      { id: globalId('Customer', shop.customers.get('bob')!), algorithm },
    );
    const ranked = await rank('bob', { products: idsOf(LISTING), algorithm });

    expect(
      ranked.flatMap(({ product, recommendation }) =>
        recommendation === null ? [] : [{ product, score: recommendation.score }],
      ),
    ).toEqual(node!.recommendations!.filter(({ product }) => LISTING.includes(product.sku)));
  },
);

test('a search and a category are ordered as products given by hand are', async () => {
  const kitchen = await rank('bob', { category: 'Home > Kitchen' });
  const found = await rank('bob', { search: 'p', category: 'Home > Kitchen' });

  expect(kitchen).toEqual(await rank('bob', { products: idsOf(['cup', 'pot', 'tray']) }));
  expect(skusOf(found).toSorted()).toEqual(['cup', 'pot']);
});

test('an unknown customer has no order, and a listing is asked for in one way', async () => {
  const unknown = await query(app, RANK, {
    input: { customer: { email: 'nobody@example.com' }, products: idsOf(['tea']) },
  });
  const both = await firstError(app, RANK, {
    input: { customer: customerOf('ann'), products: idsOf(['tea']), search: 'tea' },
  });
  const neither = await firstError(app, RANK, { input: { customer: customerOf('ann') } });
  const tooMany = await firstError(app, RANK, {
    input: { customer: customerOf('ann'), products: Array.from({ length: 501 }, () => idsOf(['tea'])[0]!) },
  });

  expect(unknown).toEqual({ rankProducts: [] });
  expect([both.code, neither.code, tooMany.code]).toEqual(Array.from({ length: 3 }, () => 'BAD_USER_INPUT'));
});

test('a listing of many products costs no more statements than one of few', async () => {
  const count = async (skus: readonly string[]) => {
    app.resetStatements();
    await rank('cat', { products: idsOf(skus) });
    return app.statements.length;
  };
  await count(['tea']);

  expect(await count(LISTING)).toBe(await count(['tea']));
});
