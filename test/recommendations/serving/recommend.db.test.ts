import { trainModels } from '#recommendations/service.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { buy, openShop, type Shop, TODAY } from '../shop.ts';
import { query, firstError } from '../../support/query.ts';
import type { Inputs } from '../../support/schema-types.d.ts';
import { globalId } from '../../support/global-ids.ts';

let app: TestApp;
let shop: Shop;

beforeAll(async () => {
  app = await openTestApp();
  app.setNow(TODAY);
  shop = await openShop(app);
  await trainModels(app);
});
afterAll(() => app.close());

const FIELDS = `{ product { sku } score rank algorithm list reasons { kind weight text product { sku } customerCount } }`;

function productIds(...skus: readonly string[]): string[] {
  return skus.map((sku) => globalId('Product', shop.products.get(sku)!));
}

type Told = Awaited<ReturnType<typeof recommend>>[number];

async function recommend(customer: string, args = 'first: 10') {
  const data = await query(
    app,
    `query ($id: ID!) { node(id: $id) { ... on Customer { recommendations(${args}) ${FIELDS} } } }`,
    { id: globalId('Customer', shop.customers.get(customer)!) },
  );
  return data.node!.recommendations!;
}

async function recommendFor(input: Inputs['RecommendInput']) {
  const data = await query(app, `query ($input: RecommendInput!) { recommend(input: $input) ${FIELDS} }`, {
    input,
  });
  return data.recommend!;
}

const skusOf = (list: readonly Told[]): string[] => list.map(({ product }) => product.sku);

const SIMILAR = `query ($id: ID!, $first: Int) { node(id: $id) { ... on Customer {
  similarCustomers(first: $first) { score customer { id } sharedProducts { sku } } } } }`;

async function similarTo(customer: string, first: number) {
  const id = globalId('Customer', shop.customers.get(customer)!);
  const data = await query(app, SIMILAR, { id, first });
  return data.node!.similarCustomers!;
}

describe('REBUY', () => {
  test('holds what the customer bought before and nothing else, most often bought first', async () => {
    const list = await recommend('ann', 'list: REBUY');

    expect(skusOf(list)).toEqual(['tea', 'cup']);
    expect(list[0]).toMatchObject({ rank: 1, algorithm: 'REBUY', list: 'REBUY' });
    expect(list[0]!.reasons![0]).toMatchObject({
      kind: 'REPEAT_PURCHASE',
      text: 'Bought on 3 of 3 purchase days, the last 15 days ago.',
    });
  });

  test('is empty for a customer without a history', async () => {
    expect(await recommend('nobody', 'list: REBUY')).toEqual([]);
  });
});

describe('DISCOVER', () => {
  test('scores what was never bought by the cosine to what was', async () => {
    const [best] = await recommend('ann', 'list: DISCOVER');

    // Days bought: tea is ann 3, bob 1, cat 1; cup is ann 1, bob 1; pot is bob 1, cat 1. Shrinkage is 10.
    const byTea = (1 + 1) / (Math.sqrt(11) * Math.sqrt(2) + 10);
    const byCup = 1 / (Math.sqrt(2) * Math.sqrt(2) + 10);
    expect(best).toMatchObject({ product: { sku: 'pot' }, rank: 1, algorithm: 'ITEM_KNN', list: 'DISCOVER' });
    expect(best!.score).toBeCloseTo(byTea + byCup, 6);
    expect(best!.reasons).toMatchObject([
      {
        kind: 'BOUGHT_TOGETHER',
        product: { sku: 'tea' },
        text: 'Customers who bought tea often buy this too.',
      },
      { kind: 'BOUGHT_TOGETHER', product: { sku: 'cup' } },
    ]);
    expect(best!.reasons![0]!.weight).toBeCloseTo(byTea, 6);
  });

  test('goes on with what is popular where neighbours run out', async () => {
    const list = await recommend('ann', 'list: DISCOVER, first: 3');

    expect(list.map(({ product, algorithm }) => [product.sku, algorithm])).toEqual([
      ['pot', 'ITEM_KNN'],
      ['scone', 'POPULARITY'],
      ['beret', 'POPULARITY'],
    ]);
  });

  test('never holds services, archived products or what is out of stock', async () => {
    const everything = skusOf(await recommend('nobody', 'list: DISCOVER, first: 100'));

    expect(everything.toSorted()).toEqual(['beret', 'bulb', 'cup', 'lamp', 'pot', 'scone', 'tea']);
  });
});

describe('BEST', () => {
  test('shares its slots between both lists and says which is which', async () => {
    const list = await recommend('ann', 'first: 4');

    expect(list.filter((one) => one.list === 'REBUY').map(({ product }) => product.sku)).toEqual([
      'tea',
      'cup',
    ]);
    expect(list.filter((one) => one.list === 'DISCOVER').map(({ product }) => product.sku)).toEqual([
      'pot',
      'scone',
    ]);
  });

  test('gives more slots to repeats the more the customer repeats', async () => {
    const countRepeats = (list: readonly Told[]) => list.filter((one) => one.list === 'REBUY').length;

    expect(countRepeats(await recommend('ann', 'first: 3'))).toBeGreaterThan(
      countRepeats(await recommend('bob', 'first: 3')),
    );
  });

  test('is the start of a longer list', async () => {
    const long = skusOf(await recommend('bob', 'first: 6'));

    expect(skusOf(await recommend('bob', 'first: 3'))).toEqual(long.slice(0, 3));
  });

  test('goes on with repeats where nothing is left to discover', async () => {
    const list = await recommend('bob', 'first: 2, filter: { category: "Home > Kitchen" }');

    expect(skusOf(list).toSorted()).toEqual(['cup', 'pot']);
    expect(list.map((one) => one.list)).toEqual(['REBUY', 'REBUY']);
  });

  test('is what is popular in the country for a customer without a history', async () => {
    const [inBritain] = await recommend('nobody');
    const [inFrance] = await recommend('personne');

    expect(inBritain).toMatchObject({ product: { sku: 'scone' }, algorithm: 'POPULARITY' });
    expect(inFrance).toMatchObject({ product: { sku: 'beret' }, algorithm: 'POPULARITY' });
    expect(inFrance!.reasons![0]).toMatchObject({
      kind: 'POPULARITY',
      customerCount: 20,
      text: 'Bought by 20 customers in FR.',
    });
  });

  test('tells no number of customers under five', async () => {
    const list = await recommend('nobody', 'first: 100');
    const counts = list.flatMap(({ reasons }) => reasons!.map((reason) => reason.customerCount));

    expect(counts).toContain(null);
    expect(counts.filter((count) => count !== null && count < 5)).toEqual([]);
  });
});

describe('reasons', () => {
  const methods = [
    'USER_KNN',
    'POPULARITY',
    'PERSONAL_FREQUENCY',
    'TIFU_KNN',
    'RP3BETA',
    'EASE',
    'IALS',
    'CONTENT',
  ];
  const wanted = [...methods, 'BLEND'].map((algorithm) => `algorithm: ${algorithm}`);
  test.for(['first: 10', 'list: REBUY', 'list: DISCOVER', ...wanted])(
    'add up to the score in recommendations(%s)',
    async (args) => {
      for (const customer of ['ann', 'bob', 'cat', 'dan']) {
        const list = await recommend(customer, args);
        expect(list.length).toBeGreaterThan(0);
        const sums = list.map(({ reasons }) =>
          reasons!.reduce((sum, reason) => sum + reason.weight, 0).toFixed(9),
        );
        expect(sums).toEqual(list.map(({ score }) => score.toFixed(9)));
      }
    },
  );
});

describe('a filter', () => {
  test.for([
    ['category: "Home"', ['bulb', 'lamp', 'cup', 'pot']],
    ['category: "Home > Kitchen"', ['cup', 'pot']],
    ['category: "Hom"', []],
    ['minPrice: "4", maxPrice: "12.00"', ['tea', 'cup', 'beret']],
    ['category: "Home > Kitchen", inStock: false', ['cup', 'pot', 'tray']],
  ] as const)('of %s is applied before the best are chosen', async ([filter, expected]) => {
    const list = await recommend('nobody', `first: ${expected.length}, filter: { ${filter} }`);

    expect(skusOf(list).toSorted()).toEqual(expected.toSorted());
  });

  test('leaves out given products and fills their places', async () => {
    const [exclude] = productIds('pot');
    const list = await recommend('ann', `list: DISCOVER, first: 2, filter: { exclude: ["${exclude}"] }`);

    expect(skusOf(list)).toEqual(['scone', 'beret']);
  });
});

describe('one algorithm alone', () => {
  test('answers what it knows, bought before or not', async () => {
    const list = await recommend('ann', 'algorithm: ITEM_KNN');

    expect(skusOf(list)).toEqual(expect.arrayContaining(['tea', 'cup', 'pot']));
    expect(new Set(list.map(({ algorithm }) => algorithm))).toEqual(new Set(['ITEM_KNN']));
  });

  test('answers an empty list where it knows nothing', async () => {
    expect(await recommend('nobody', 'algorithm: USER_KNN')).toEqual([]);
    expect(await recommend('ann', 'algorithm: REBUY, list: DISCOVER')).toEqual([]);
  });
});

describe('recommend', () => {
  test('finds what goes with a basket, without what is in it', async () => {
    const [first, ...others] = await recommendFor({ basket: productIds('tea', 'cup') });

    expect(first).toMatchObject({ product: { sku: 'pot' }, algorithm: 'ITEM_KNN' });
    expect(skusOf(others)).not.toEqual(expect.arrayContaining(['tea']));
  });

  test('weighs the latest product of a session most', async () => {
    expect(skusOf(await recommendFor({ session: productIds('lamp', 'tea'), first: 2 }))).toEqual([
      'cup',
      'pot',
    ]);
    expect(
      skusOf(await recommendFor({ session: productIds('lamp', 'tea', 'lamp', 'lamp'), first: 1 })),
    ).toEqual(['cup']);
  });

  test('answers what is popular in a country where nothing else is known', async () => {
    expect(skusOf(await recommendFor({ country: 'FR', first: 1 }))).toEqual(['beret']);
  });

  test('refuses a basket and a session at once', async () => {
    const error = await firstError(
      app,
      `query ($ids: [ID!]) { recommend(input: { basket: $ids, session: $ids }) { rank } }`,
      { ids: productIds('tea') },
    );

    expect(error.message).toBe('Give at most one of `basket`, `session` and `product`.');
  });

  test('gives a product those that the same customers buy, then those of the same words', async () => {
    const data = await query(app, `{ product(by: { sku: "tea" }) { similar ${FIELDS} } }`);

    expect(data.product!.similar).toMatchObject([
      { product: { sku: 'cup' }, algorithm: 'ITEM_KNN' },
      { product: { sku: 'pot' }, algorithm: 'ITEM_KNN' },
      { product: { sku: 'scone' }, algorithm: 'CONTENT', reasons: [{ kind: 'SHARED_KEYWORD' }] },
    ]);
  });
});

describe('similarCustomers', () => {
  test('finds who shares most, with what is shared', async () => {
    const [first, second] = await similarTo('ann', 5);

    // ann and bob share 2 of 2 and 4 products; ann and cat 1 of 2 and 3. Shrinkage is 5.
    expect(first!.customer.id).toBe(globalId('Customer', shop.customers.get('bob')!));
    expect(first!.score).toBeCloseTo(2 / (Math.sqrt(2) * Math.sqrt(4) + 5), 9);
    expect(first!.sharedProducts.map(({ sku }) => sku).toSorted()).toEqual(['cup', 'tea']);
    expect(second!.customer.id).toBe(globalId('Customer', shop.customers.get('cat')!));
    expect(second!.score).toBeCloseTo(1 / (Math.sqrt(2) * Math.sqrt(3) + 5), 9);
  });

  test('answers at most as many as asked for, and none without a history', async () => {
    expect(await similarTo('ann', 1)).toHaveLength(1);
    expect(await similarTo('nobody', 5)).toEqual([]);
  });
});

describe('a request', () => {
  test('sends no more statements for fifty customers than for one', async () => {
    const text = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer {
      recommendations ${FIELDS} rebuy: recommendations(list: REBUY) ${FIELDS}
      similarCustomers { score customer { id country } sharedProducts { sku } } } } }`;
    const ids = Array.from(shop.customers.values(), (id) => globalId('Customer', id));
    async function count(some: readonly string[]): Promise<number> {
      app.resetStatements();
      await query(app, text, { ids: some });
      return app.statements.length;
    }

    const ann = globalId('Customer', shop.customers.get('ann')!);
    expect(await count([ann])).toBe(3);
    // Of people without a purchase it is also read what they looked at, in which segments they are, and with whom they
    // are connected; nobody is similar to them.
    expect(await count([globalId('Customer', shop.customers.get('personne')!)])).toBe(3 - 1 + 3);
    expect(await count(ids.slice(0, 49))).toBe(3 + 3);
  });

  test.for(['first: 101', 'first: -1'])('is refused with %s', async (args) => {
    const error = await firstError(
      app,
      `query ($id: ID!) { node(id: $id) { ... on Customer { recommendations(${args}) { rank } } } }`,
      { id: globalId('Customer', shop.customers.get('ann')!) },
    );

    expect(error.code).toBe('BAD_USER_INPUT');
  });
});

describe('what happened a moment ago', () => {
  test('counts at once: an order moves a product from DISCOVER to REBUY', async () => {
    await buy(app, shop, 'cat', 'cup', 29);

    expect(skusOf(await recommend('cat', 'list: REBUY'))).toContain('cup');
    expect(skusOf(await recommend('cat', 'list: DISCOVER'))).not.toContain('cup');
  });

  test('counts at once: a product that came back is in neither list', async () => {
    await buy(app, shop, 'dan', 'bulb', 29, -1);

    expect(skusOf(await recommend('dan', 'list: REBUY'))).toEqual(['lamp']);
    expect(skusOf(await recommend('dan', 'list: DISCOVER'))).not.toContain('bulb');
  });

  test('counts at once: a first order gives a customer a history and neighbours', async () => {
    await buy(app, shop, 'nobody', 'tea', 29);

    expect(skusOf(await recommend('nobody', 'list: DISCOVER, first: 2'))).toEqual(['cup', 'pot']);
  });

  test('counts at once: nobody is similar to people erased since the training', async () => {
    const [closest] = await similarTo('ann', 1);
    await app.db.query('/* test.erase */ update customers set erased_at = now() where id = $1::uuid', [
      shop.customers.get('bob')!,
    ]);

    const [next, ...others] = await similarTo('ann', 1);

    expect(closest!.customer.id).toBe(globalId('Customer', shop.customers.get('bob')!));
    expect(next!.customer.id).toBe(globalId('Customer', shop.customers.get('cat')!));
    expect(others).toEqual([]);
  });
});
