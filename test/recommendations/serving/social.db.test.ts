import { connectCustomers, disconnectCustomers } from '#customers/connections/service.ts';
import { mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { trainModels } from '#recommendations/service.ts';
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
  shop = await openShop(app);
  await trainModels(app);
});
afterAll(() => app.close());
beforeEach(() => app.db.query('delete from customer_connections'));

type Kind = 'referral' | 'household' | 'follow';

const idOf = (name: string): string => shop.customers.get(name)!;
const tie = (kind: Kind, from: string, to: string) => ({
  kind,
  from: { id: idOf(from) },
  to: { id: idOf(to) },
  source: 'test',
});

type Told = Awaited<ReturnType<typeof recommend>>[number];

async function recommend(name: string, args: string) {
  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) { recommendations(${args}) {
      product { sku } score algorithm reasons { kind weight text customerCount } } } }`,
    { id: idOf(name) },
  );
  return data.customer!.recommendations!;
}

const skusOf = (list: readonly Told[]) => list.map(({ product }) => product.sku);

const SOCIAL = 'algorithm: SOCIAL, list: DISCOVER';

describe('SOCIAL', () => {
  test('finds what two of three connected people bought, by connections of this second', async () => {
    expect(await recommend('nobody', SOCIAL)).toEqual([]);

    await connectCustomers(app, [
      tie('household', 'nobody', 'bob'),
      tie('referral', 'cat', 'nobody'),
      tie('follow', 'nobody', 'dan'),
    ]);

    // bob and cat have tea and pot in common; lamp and bulb are dan's alone.
    const list = await recommend('nobody', SOCIAL);
    expect(skusOf(list).toSorted()).toEqual(['pot', 'tea']);
    expect(new Set(list.map(({ algorithm }) => algorithm))).toEqual(new Set(['SOCIAL']));

    const { from, to } = tie('follow', 'nobody', 'dan');
    await disconnectCustomers(app, [{ kind: 'follow', from, to }]);
    expect(await recommend('nobody', SOCIAL)).toEqual([]);
  });

  test('says nothing where the list would say what one person bought, and counts nobody twice', async () => {
    await connectCustomers(app, [
      tie('household', 'nobody', 'bob'),
      tie('follow', 'nobody', 'bob'),
      tie('referral', 'bob', 'nobody'),
      tie('household', 'nobody', 'cat'),
    ]);

    expect(await recommend('nobody', SOCIAL)).toEqual([]);
  });

  test('does not take the taste of followers', async () => {
    await connectCustomers(
      app,
      ['bob', 'cat', 'ann'].map((follower) => tie('follow', follower, 'nobody')),
    );

    expect(await recommend('nobody', SOCIAL)).toEqual([]);
  });

  test('counts five and more people, never fewer, and the reason is the whole score', async () => {
    await connectCustomers(
      app,
      ['GB0', 'GB1', 'GB2', 'GB3', 'bob', 'cat'].map((other) => tie('referral', other, 'dan')),
    );
    const few = await recommend('dan', SOCIAL);
    await connectCustomers(app, [tie('referral', 'GB4', 'dan')]);
    const enough = await recommend('dan', SOCIAL);

    const tell = (list: readonly Told[], sku: string) => list.find(({ product }) => product.sku === sku)!;
    expect(tell(few, 'scone').reasons).toMatchObject([
      {
        kind: 'CONNECTED_CUSTOMERS',
        customerCount: null,
        text: 'Bought by customers connected with this customer.',
      },
    ]);
    expect(tell(enough, 'scone').reasons).toMatchObject([
      { customerCount: 5, text: 'Bought by 5 customers connected with this customer.' },
    ]);
    for (const { score, reasons } of [...few, ...enough]) {
      expect(reasons!.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(score, 8);
    }
  });

  test('leaves out what came back, and what cannot be had', async () => {
    await connectCustomers(
      app,
      ['bob', 'cat', 'eve'].map((other) => tie('household', other, 'nobody')),
    );

    // bob and eve have the tray, of which none is on hand.
    expect(skusOf(await recommend('nobody', SOCIAL)).toSorted()).toEqual(['pot', 'tea']);
    await buy(app, shop, 'cat', 'pot', 20, -1);
    expect(skusOf(await recommend('nobody', SOCIAL))).toEqual(['tea']);
    await buy(app, shop, 'cat', 'pot', 21, 1);
  });
});

describe('the ladder', () => {
  test('gives a person without a history what connected people bought before what is popular', async () => {
    const popular = await recommend('nobody', 'first: 4');
    expect(new Set(popular.map(({ algorithm }) => algorithm))).toEqual(new Set(['POPULARITY']));
    await connectCustomers(
      app,
      ['ann', 'bob', 'cat'].map((other) => tie('household', other, 'nobody')),
    );

    const list = await recommend('nobody', 'first: 4');

    expect(list.map(({ algorithm }) => algorithm)).toEqual(['SOCIAL', 'SOCIAL', 'SOCIAL', 'POPULARITY']);
    expect(skusOf(list)[0]).toBe('tea');
    expect(new Set(skusOf(list)).size).toBe(4);
    expect(await recommend('nobody', 'first: 4, list: REBUY')).toEqual([]);
  });

  test('leaves people with a history as they are', async () => {
    const before = await recommend('ann', 'first: 10');
    await connectCustomers(
      app,
      ['dan', 'eve', 'GB0', 'GB1'].map((other) => tie('household', other, 'ann')),
    );

    expect(await recommend('ann', 'first: 10')).toEqual(before);
    expect(skusOf(await recommend('ann', SOCIAL)).toSorted()).toEqual(['lamp', 'scone']);
  });
});

test('reads two statements more for connections, of a page of thirty as of one', async () => {
  const people = await upsertCustomers(
    app,
    Array.from({ length: 30 }, (_, n) => ({
      identities: [{ kind: 'external', source: 'test', value: `new${n}` }],
    })),
  );
  const ids = people.map(({ customerId }) => customerId);
  await connectCustomers(
    app,
    ids.flatMap((id, n) =>
      ['bob', 'cat', `GB${n % 20}`].map((other) => ({ ...tie('household', other, other), from: { id } })),
    ),
  );
  const count = async (some: readonly string[], args: string): Promise<number> => {
    app.resetStatements();
    const data = await query(
      app,
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer {
        recommendations(${args}) { product { sku } algorithm reasons { text } } } } }`,
      { ids: some.map((id) => globalId('Customer', id)) },
    );
    for (const node of data.nodes!) expect(node!.recommendations![0]!.algorithm).toBe('SOCIAL');
    return app.statements.length;
  };

  // Own lines, connections, lines of the others; signals and segments of people without a purchase; the people.
  expect(await count(ids.slice(0, 1), 'first: 10')).toBe(6);
  expect(await count(ids, 'first: 10')).toBe(6);
  expect(await count(ids, SOCIAL)).toBe(6);
});

test('a merge of two connected people makes one of them: the list falls silent with fewer than three', async () => {
  const names = ['m1', 'm2'];
  const made = await upsertCustomers(
    app,
    names.map((value) => ({ identities: [{ kind: 'external', source: 'test', value }] })),
  );
  const [first, second] = made.map(({ customerId }) => customerId) as [string, string];
  const other = shop.customers as Map<string, string>;
  other.set('m1', first).set('m2', second);
  await buy(app, shop, 'm1', 'lamp', 3);
  await buy(app, shop, 'm2', 'lamp', 4);
  await connectCustomers(app, [
    tie('household', 'nobody', 'm1'),
    tie('household', 'nobody', 'm2'),
    tie('household', 'nobody', 'dan'),
  ]);
  expect(skusOf(await recommend('nobody', SOCIAL))).toEqual(['lamp']);

  await mergeCustomers(app, first, second);

  expect(await recommend('nobody', SOCIAL)).toEqual([]);
});

test('is measured on hidden days beside the others, and noted where nobody is connected', async () => {
  const read = async () => {
    const data = await query(app, '{ models { algorithm status metrics notes } }');
    return data.models!.find(({ algorithm, status }) => algorithm === 'SOCIAL' && status === 'PUBLISHED');
  };
  await trainModels(app, { algorithms: ['social'] });
  expect((await read())!.notes[0]).toBe('There are no connections yet: it has no results.');
  expect(((await read())!.metrics as Record<string, number>)['ndcg@10']).toBe(0);

  // bob bought a pot and a tray after his first day; cat and two more have pots.
  await buy(app, shop, 'GB0', 'pot', 2);
  await buy(app, shop, 'GB1', 'pot', 2);
  await connectCustomers(
    app,
    ['cat', 'GB0', 'GB1'].map((other) => tie('household', other, 'bob')),
  );
  await trainModels(app, { algorithms: ['social'] });

  expect(((await read())!.metrics as Record<string, number>)['ndcg@10']).toBeGreaterThan(0);
});
