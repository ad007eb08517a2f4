import { enqueueChange } from '#customers/changes.ts';
import { refreshMemberships } from '#segments/membership/incremental-evaluation.ts';
import { archiveSegment, updateSegment } from '#segments/service.ts';
import { drainChangeQueue, refreshDerivedData } from '#segments/membership/refresh.ts';
import { evaluateAllSegments } from '#segments/membership/scheduled-evaluation.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { buy, NOW, openShop, type Shop } from '../shop.ts';
import { insertCustomers } from '../../customers/seed.ts';
import { addSegment, forgetSegments, memberIds } from '../seed.ts';

let app: TestApp;
let shop: Shop;
beforeAll(async () => {
  app = await openTestApp();
  shop = await openShop(app);
});
beforeEach(async () => {
  app.setNow(NOW);
  await forgetSegments(app);
});
afterAll(() => app.close());

async function enteredAt(segmentId: string): Promise<Map<string, Date>> {
  const rows = await app.db.query<{ id: string; at: Date }>(
    'select customer_id as id, entered_at as at from segment_memberships where segment_id = $1',
    [segmentId],
  );
  return new Map(rows.map(({ id, at }) => [id, at]));
}

test('finds the members of a new segment at once', async () => {
  const id = await addSegment(app, 'regulars', 'number_of_orders >= 3');

  expect(await memberIds(app, id)).toEqual(shop.buyers.slice(3).toSorted());
});

test('takes a person in and out with the orders that make the difference', async () => {
  const [customerId] = await insertCustomers(app.db, 1);
  const once = await addSegment(app, 'once', 'number_of_orders = 1');
  const twice = await addSegment(app, 'twice', 'orders_placed MATCHES (count >= 2, sum_amount > 150)');

  await buy(app, shop.product, customerId!, 5);
  await refreshDerivedData(app, [customerId!]);
  expect(await memberIds(app, once)).toContain(customerId);
  expect(await memberIds(app, twice)).not.toContain(customerId);

  await buy(app, shop.product, customerId!, 3);
  await refreshDerivedData(app, [customerId!]);
  expect(await memberIds(app, once)).not.toContain(customerId);
  expect(await memberIds(app, twice)).toContain(customerId);
  // Other tests count the people of the shop.
  await app.db.query('update customers set erased_at = $2 where id = $1', [customerId, NOW]);
});

test('keeps the time of entering of those who stay under a new rule', async () => {
  const id = await addSegment(app, 'some', 'number_of_orders >= 4');
  app.setNow(new Date(NOW.getTime() + 1000));

  await updateSegment(app, id, { rule: 'number_of_orders >= 3' });

  const times = await enteredAt(id);
  expect(times.get(shop.buyers[4]!)).toEqual(NOW);
  expect(times.get(shop.buyers[3]!)).toEqual(new Date(NOW.getTime() + 1000));
});

test('takes out those who do not follow a new rule, however many they are', async () => {
  const people = await insertCustomers(app.db, 2300, { country: 'IS' });
  const id = await addSegment(app, 'icelanders', "country = 'IS' OR number_of_orders >= 5");
  expect(await memberIds(app, id)).toHaveLength(people.length + 1);

  await updateSegment(app, id, { rule: 'number_of_orders >= 5' });

  expect(await memberIds(app, id)).toEqual([shop.buyers[5]]);
  const [open] = await app.db.query<{ count: number }>(
    'select count(*) as count from membership_intervals where segment_id = $1 and left_at is null',
    [id],
  );
  expect(open).toEqual({ count: 1 });
  await app.db.query('update customers set erased_at = $2 where id = any($1)', [people, NOW]);
});

test('a segment made of another follows when the other changes', async () => {
  const inner = await addSegment(app, 'inner', 'number_of_orders >= 3');
  const outer = await addSegment(app, 'outer', "IN SEGMENT 'inner' AND country = 'GB'");
  expect(await memberIds(app, outer)).toEqual([shop.buyers[4]]);

  await updateSegment(app, inner, { rule: 'number_of_orders >= 2' });

  expect(await memberIds(app, outer)).toEqual([shop.buyers[2]!, shop.buyers[4]!].toSorted());
});

test('archived segments have no members and gain none', async () => {
  const id = await addSegment(app, 'gone', 'EVERYONE');
  await archiveSegment(app, id);

  await refreshDerivedData(app, shop.buyers);
  await evaluateAllSegments(app);

  expect(await memberIds(app, id)).toEqual([]);
});

test('people merged into others are in no segment', async () => {
  const [keptId, droppedId] = await insertCustomers(app.db, 2);
  const id = await addSegment(app, 'all', 'EVERYONE');
  expect(await memberIds(app, id)).toContain(droppedId);
  await app.db.query('update customers set merged_into_id = $1 where id = $2', [keptId, droppedId]);

  await refreshDerivedData(app, [keptId!, droppedId!]);

  expect(await memberIds(app, id)).toContain(keptId);
  expect(await memberIds(app, id)).not.toContain(droppedId);
});

test('evaluates any number of people for any number of segments in as many statements', async () => {
  const count = async (people: readonly string[]) => {
    app.resetStatements();
    await refreshMemberships(
      app.db,
      people.map((customerId) => ({ customerId, facts: null })),
      NOW,
    );
    return app.statements.length;
  };
  await addSegment(app, 'one', 'number_of_orders >= 1');
  const one = await count([shop.buyers[1]!]);
  for (let index = 0; index < 15; index += 1)
    await addSegment(app, `more${index}`, `number_of_orders > ${index}`);

  expect(await count(shop.buyers)).toBe(one);
});

test('settling removes the mark it dealt with and keeps a newer one', async () => {
  const [customerId, otherId] = await insertCustomers(app.db, 2);
  await enqueueChange(app.db, [customerId!, otherId!], NOW);

  await refreshDerivedData(app, [customerId!]);
  const left = await app.db.query<{ id: string }>('select customer_id as id from recompute_queue');
  expect(left.map(({ id }) => id)).toEqual([otherId]);

  expect(await drainChangeQueue(app)).toBe(1);
  expect(await app.db.query('select 1 from recompute_queue')).toHaveLength(0);
});

test('many settlings of one person at once end with the newest orders', async () => {
  const id = await addSegment(app, 'busy', 'number_of_orders >= 8');
  const [customerId] = await insertCustomers(app.db, 1);

  await Promise.all(
    Array.from({ length: 8 }, async (_, order) => {
      await buy(app, shop.product, customerId!, order);
      await refreshDerivedData(app, [customerId!]);
    }),
  );

  expect(await memberIds(app, id)).toContain(customerId);
});
