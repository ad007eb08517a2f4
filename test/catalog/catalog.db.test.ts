import { catalogIndex } from '#catalog/catalog-index.ts';
import { InvalidItemsError } from '#platform/input/item-errors.ts';
import { upsertProducts } from '#catalog/service.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { execute, query } from '../support/query.ts';
import type { Inputs } from '../support/schema-types.d.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const lantern = { sku: 'L-1', name: 'Iron lantern', category: 'Home > Garden', price: '12.50', stock: 4 };

async function upsert(products: readonly Inputs['ProductInput'][]) {
  const data = await query(
    app,
    `mutation ($input: UpsertProductsInput!) { upsertProducts(input: $input) { __typename
      ... on UpsertProductsPayload { results { outcome product { id sku name price { amount } keywords { keyword } } } }
      ... on InvalidItemsError { message items { index field message } } } }`,
    { input: { products } },
  );
  return data.upsertProducts!;
}

test('creates a product with keywords of its own words, and finds it by sku and by id', async () => {
  const { outcome, product } = (await upsert([lantern])).results![0]!;
  const found = await execute(
    app,
    `query ($id: ID!) {
      bySku: product(by: { sku: "L-1" }) { id isAvailable keywords { keyword weight } price { amount currency } }
      byId: product(by: { id: $id }) { sku }
      node(id: $id) { ... on Product { sku } }
      none: product(by: { sku: "L-404" }) { id }
    }`,
    { id: product!.id },
  );

  expect(outcome).toBe('CREATED');
  expect(found.data).toEqual({
    bySku: {
      id: product!.id,
      isAvailable: true,
      keywords: [
        { keyword: 'iron', weight: 0.3 },
        { keyword: 'lantern', weight: 0.3 },
        { keyword: 'garden', weight: 0.2 },
        { keyword: 'home', weight: 0.2 },
      ],
      price: { amount: '12.50', currency: 'GBP' },
    },
    byId: { sku: 'L-1' },
    node: { sku: 'L-1' },
    none: null,
  });
});

test('changes nothing when the same product comes again', async () => {
  await upsert([lantern]);

  expect(await upsert([lantern, { sku: 'L-1', price: '12.5000' }])).toMatchObject({
    results: [{ outcome: 'UNCHANGED' }, { outcome: 'UNCHANGED' }],
  });
});

test('lets keywords follow a new name until some are given by hand', async () => {
  const keywordsOf = async (product: Inputs['ProductInput']) =>
    (await upsert([product])).results![0]!.product!.keywords.map(({ keyword }) => keyword);

  expect(await keywordsOf({ sku: 'K-1', name: 'Blue teapot' })).toEqual(['blue', 'teapot']);
  expect(await keywordsOf({ sku: 'K-1', name: 'Green teapot' })).toEqual(['green', 'teapot']);
  expect(await keywordsOf({ sku: 'K-1', keywords: [{ keyword: 'tea' }] })).toEqual(['tea']);
  expect(await keywordsOf({ sku: 'K-1', name: 'Red teapot' })).toEqual(['tea']);
});

test('names every item that cannot be used, and writes none of the list', async () => {
  const answer = await upsert([{ sku: 'GOOD' }, { sku: ' ' }, { sku: 'BAD', name: 'a\u0001b', price: '-1' }]);

  expect(answer).toEqual({
    __typename: 'InvalidItemsError',
    message: expect.stringContaining('3 of the items'),
    items: [
      { index: 1, field: 'sku', message: expect.any(String) },
      { index: 2, field: 'name', message: 'expected text without control characters, got U+0001' },
      { index: 2, field: 'price', message: expect.stringContaining('no negative price') },
    ],
  });
  const data = await query(app, '{ product(by: { sku: "GOOD" }) { id } }');
  expect(data).toEqual({ product: null });
});

test('keeps SQL and emoji in a name as they are', async () => {
  const name = `'; drop table products; -- 🎁`;

  expect(await upsert([{ sku: 'E-1', name }])).toMatchObject({ results: [{ product: { name } }] });
});

test('writes a thousand products in as many statements as one', async () => {
  const make = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, index) => ({ sku: `${prefix}-${index}`, name: `Thing ${index}` }));
  const countWrites = async (count: number, prefix: string) => {
    app.resetStatements();
    await upsertProducts(app, make(count, prefix));
    // The index in memory hears of the change and reads it whenever it does.
    return app.statements.filter((text) => !text.includes('/* catalog.since */')).length;
  };

  expect(await countWrites(1000, 'many')).toBe(await countWrites(1, 'one'));
});

test('pages by name in both directions, over rows that are added meanwhile', async () => {
  await upsert(['a', 'c', 'e', 'g'].map((letter) => ({ sku: `P-${letter}`, name: `Pager ${letter}` })));
  const read = async (args: string) => {
    const data = await query(
      app,
      `{ products(search: "pager", ${args}) {
        totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }`,
    );
    const { nodes, pageInfo, totalCount } = data.products!;
    return {
      names: nodes.map((node) => node.name.slice(6)).join(''),
      pageInfo,
      totalCount,
    };
  };

  const first = await read('first: 2');
  await upsert([
    { sku: 'P-b', name: 'Pager b' },
    { sku: 'P-d', name: 'Pager d' },
  ]);
  const second = await read(`first: 2, after: "${first.pageInfo.endCursor}"`);
  const back = await read(`last: 2, before: "${second.pageInfo.startCursor}"`);

  expect(first).toMatchObject({ names: 'ac', totalCount: 4, pageInfo: { hasNextPage: true } });
  expect(second).toMatchObject({ names: 'de', totalCount: 6, pageInfo: { hasPreviousPage: true } });
  expect(back.names).toBe('bc');
});

test('finds products by words of the name, the start of a keyword, and a category with all below it', async () => {
  await upsert([
    { sku: 'S-1', name: 'Oak chair', category: 'Furniture > Chairs', description: 'For the dining room' },
    { sku: 'S-2', name: 'Oak table', category: 'Furniture > Tables' },
    { sku: 'S-3', name: 'Oak stool', category: 'Furnitures' },
    { sku: 'S-4', name: 'Oak bench', category: 'Furniture', isArchived: true },
  ]);
  const skus = async (args: string) => {
    const data = await query(app, `{ products(${args}) { nodes { sku } } }`);
    return data.products!.nodes.map(({ sku }) => sku);
  };

  expect(await skus('search: "OAK cha"')).toEqual(['S-1']);
  expect(await skus('search: "oak din"')).toEqual(['S-1']);
  expect(await skus('category: "Furniture"')).toEqual(['S-1', 'S-2']);
  expect(await skus(`search: "%' or 1=1"`)).toEqual([]);
});

test('reads a page of products with all their fields in one statement', async () => {
  await execute(app, '{ products(first: 1) { nodes { sku } } }');
  app.resetStatements();

  await execute(app, '{ products(first: 100) { nodes { id name keywords { keyword } price { amount } } } }');

  expect(app.statements).toHaveLength(1);
});

test('answers a product in memory without a statement, and out of stock as not available', async () => {
  await upsert([{ sku: 'M-1', stock: 0, price: '2.00', category: 'Memory' }]);
  const catalog = await catalogIndex(app).current();
  const position = catalog.indexOf(catalog.bySku('M-1')!.id)!;
  app.resetStatements();

  const data = await query(app, '{ product(by: { sku: "M-1" }) { isAvailable } }');

  expect(data.product!.isAvailable).toBe(false);
  expect(app.statements).toHaveLength(0);
  expect(catalog.products[position]!.sku).toBe('M-1');
  expect([catalog.prices[position], catalog.stocks[position], catalog.available[position]]).toEqual([
    2, 0, 0,
  ]);
  expect(catalog.categoryNames[catalog.categories[position]!]).toBe('Memory');
});

test('sees what another process changed within 100 ms', async () => {
  const other = { ...app, onClose: [] };
  await upsertProducts(app, [{ sku: 'N-1', price: '1.00' }]);
  const before = await catalogIndex(other).current();
  expect(before.bySku('N-1')?.price).toBe('1.0000');

  await upsertProducts(app, [{ sku: 'N-1', price: '2.00' }, { sku: 'N-2' }]);
  const writtenAt = performance.now();
  await vi.waitFor(
    async () => {
      const after = await catalogIndex(other).current();
      expect(after.bySku('N-1')?.price).toBe('2.0000');
      expect(after.bySku('N-2')).toBeDefined();
      expect(after.indexOf(before.bySku('N-1')!.id)).toBe(before.indexOf(before.bySku('N-1')!.id));
    },
    { interval: 5, timeout: 2000 },
  );

  expect(performance.now() - writtenAt).toBeLessThan(100);
});

test('refuses two writers of one new sku nothing: both get the same product', async () => {
  const [[first], [second]] = await Promise.all([
    upsertProducts(app, [{ sku: 'R-1', name: 'First' }]),
    upsertProducts(app, [{ sku: 'R-1', name: 'Second' }]),
  ]);

  expect(first!.productId).toBe(second!.productId);
});

test('refuses input that is not valid before anything is written', async () => {
  await expect(upsertProducts(app, [{ sku: '' }])).rejects.toThrow(InvalidItemsError);
});
