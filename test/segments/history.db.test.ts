import { changeListeners } from '#customers/changes.ts';
import { mergeCustomers } from '#customers/service.ts';
import { personTables } from '#customers/identity/merge.ts';
import { archiveSegment, updateSegment } from '#segments/service.ts';
import { drainChangeQueue, refreshDerivedData } from '#segments/membership/refresh.ts';
import { evaluateAllSegments, reevaluateDueMembers } from '#segments/membership/scheduled-evaluation.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { featurePersonTables } from '../../src/main/person-tables.ts';
import { openTestApp, type TestApp } from '../support/app.ts';
import { DAY_MS, NOW } from './shop.ts';
import { query, firstError } from '../support/query.ts';
import { plainId } from '../support/global-ids.ts';
import { insertProduct, type ShopProduct } from '../catalog/seed.ts';
import { addSegment, forgetSegments, memberIds } from './seed.ts';
import { giveConsent, makeCustomers } from '../customers/seed.ts';
import { makeOrder } from '../events/seed.ts';

let app: TestApp;
let product: ShopProduct;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  product = await insertProduct(app.db);
  changeListeners(app).push((ids) => refreshDerivedData(app, ids));
  personTables(app).push(...featurePersonTables);
});
beforeEach(async () => {
  app.setNow(NOW);
  await forgetSegments(app);
  await app.db.query('update customers set erased_at = created_at');
});
afterAll(() => app.close());

const addPeople = (count: number) => makeCustomers(app, count);
const order = (customerId: string) => makeOrder(app, customerId, product);

const consent = (customerId: string, status: 'granted' | 'denied') => giveConsent(app, customerId, status);

function daysLater(days: number): Date {
  const at = new Date(NOW.getTime() + days * DAY_MS);
  app.setNow(at);
  return at;
}

const HISTORY = `query ($id: ID!) { customer(by: { id: $id }) { segmentHistory(first: 50) { totalCount nodes {
  segment { key } enteredAt enteredBy enteredEventId enteredRuleVersion leftAt leftBy leftEventId leftRuleVersion
} } } }`;

async function historyOf(id: string) {
  const { customer } = await query(app, HISTORY, { id });
  expect(customer!.segmentHistory!.totalCount).toBe(customer!.segmentHistory!.nodes.length);
  return customer!.segmentHistory!.nodes;
}

test('tells by which order a person came in and by the passing of which time they left', async () => {
  await addSegment(app, 'lately', 'last_order_date >= -7d');
  const [customerId] = await addPeople(1);
  const enteredAt = daysLater(1);
  const orderId = await order(customerId!);
  const leftAt = daysLater(9);
  await reevaluateDueMembers(app);

  expect(await historyOf(customerId!)).toEqual([
    {
      segment: { key: 'lately' },
      enteredAt: enteredAt.toISOString(),
      enteredBy: 'EVENT',
      enteredEventId: orderId,
      enteredRuleVersion: 1,
      leftAt: leftAt.toISOString(),
      leftBy: 'TIME',
      leftEventId: null,
      leftRuleVersion: 1,
    },
  ]);
});

test('tells consents, new rules, new people, evaluations and the end of a segment apart', async () => {
  const id = await addSegment(app, 'reachable', "email_subscription_status = 'subscribed'");
  await addSegment(app, 'all', 'EVERYONE');
  const [customerId] = await addPeople(1);
  daysLater(1);
  await consent(customerId!, 'granted');
  daysLater(2);
  await consent(customerId!, 'denied');
  daysLater(3);
  await updateSegment(app, id, { rule: "email_subscription_status = 'unsubscribed'" });
  daysLater(4);
  await app.db.query('delete from segment_memberships where segment_id = $1', [id]);
  await app.db.query(
    'update membership_intervals set left_at = $2 where segment_id = $1 and left_at is null',
    [id, app.clock()],
  );
  daysLater(5);
  await evaluateAllSegments(app);
  daysLater(6);
  await archiveSegment(app, id);

  const stays = await historyOf(customerId!);

  const told = stays.map((stay: Record<string, unknown>) => [
    stay['enteredBy'],
    stay['enteredRuleVersion'],
    stay['leftBy'],
    stay['leftRuleVersion'],
  ]);
  expect(told).toEqual([
    ['EVALUATION', 2, 'ARCHIVE', 2],
    ['RULE', 2, null, null],
    ['CONSENT', 1, 'CONSENT', 1],
    ['PERSON', 1, null, null],
  ]);
});

test('answers who was in a segment at any instant', async () => {
  const [ann, bob, cid] = await addPeople(3);
  await addSegment(app, 'once', 'number_of_orders = 1');
  daysLater(1);
  await order(ann!);
  daysLater(2);
  await order(bob!);
  await order(cid!);
  daysLater(3);
  await order(ann!);
  const source = `query ($at: DateTime!) { segment(by: { key: "once" }) { membersAt(at: $at, first: 10) {
    totalCount edges { enteredAt leftAt node { id } } } } }`;
  const at = async (days: number) => {
    const found = (await query(app, source, { at: new Date(NOW.getTime() + days * DAY_MS) })).segment!
      .membersAt;
    expect(found!.totalCount).toBe(found!.edges.length);
    return found!.edges.map(({ node }) => plainId(node.id));
  };

  expect(await at(0.5)).toEqual([]);
  expect(await at(1)).toEqual([ann]);
  expect(new Set(await at(2.5))).toEqual(new Set([ann, bob, cid]));
  expect(new Set(await at(3))).toEqual(new Set([bob, cid]));
});

test('counts who came and went, day by day', async () => {
  const [ann, bob] = await addPeople(2);
  await addSegment(app, 'once', 'number_of_orders = 1');
  daysLater(1);
  await order(ann!);
  await order(bob!);
  daysLater(3);
  await order(ann!);
  const source = `query ($from: DateTime!, $to: DateTime!) { segment(by: { key: "once" }) {
    growth(from: $from, to: $to) { from entered left size } } }`;

  const { segment } = await query(app, source, { from: NOW, to: new Date(NOW.getTime() + 4 * DAY_MS) });

  expect(segment!.growth!.map((row) => row.from.slice(0, 10))).toEqual([
    '2026-06-01',
    '2026-06-02',
    '2026-06-03',
    '2026-06-04',
    '2026-06-05',
  ]);
  expect(segment!.growth!.map(({ entered, left, size }) => [entered, left, size])).toEqual([
    [0, 0, 0],
    [2, 0, 2],
    [0, 0, 2],
    [0, 1, 1],
    [0, 0, 1],
  ]);
});

test('refuses more stretches than a curve can show', async () => {
  await addSegment(app, 'any', 'NONE');
  const error = await firstError(
    app,
    'query ($from: DateTime!) { segment(by: { key: "any" }) { growth(from: $from, interval: HOUR) { size } } }',
    { from: new Date(NOW.getTime() - 30 * DAY_MS) },
  );

  expect(error.code).toBe('BAD_USER_INPUT');
});

test('of two people who become one the stays are one history, and count once', async () => {
  const [kept, dropped] = await addPeople(2);
  await addSegment(app, 'buyers', 'number_of_orders >= 1');
  daysLater(1);
  await order(dropped!);
  daysLater(2);
  await order(kept!);
  daysLater(3);

  await mergeCustomers(app, kept!, dropped!);

  expect(await historyOf(kept!)).toMatchObject([
    { enteredAt: new Date(NOW.getTime() + DAY_MS).toISOString(), leftAt: null },
  ]);
  const { segment } = await query(
    app,
    `query ($from: DateTime!, $at: DateTime!) { segment(by: { key: "buyers" }) {
      size growth(from: $from) { size } membersAt(at: $at) { totalCount } } }`,
    { from: app.clock().toISOString().slice(0, 10) + 'T00:00:00Z', at: app.clock() },
  );
  expect(segment).toEqual({ size: 1, growth: [{ size: 1 }], membersAt: { totalCount: 1 } });
});

test('writes a stay with its membership or neither, and a change that could not be settled is made up for', async () => {
  const id = await addSegment(app, 'buyers', 'number_of_orders >= 1');
  const [customerId] = await addPeople(1);
  const stays = () => app.db.query('select 1 from membership_intervals where segment_id = $1', [id]);
  await app.db.query('alter table membership_intervals rename to membership_intervals_away');

  await expect(order(customerId!)).rejects.toThrow('membership_intervals');
  await app.db.query('alter table membership_intervals_away rename to membership_intervals');
  expect(await memberIds(app, id)).toEqual([]);
  expect(await stays()).toHaveLength(0);

  expect(await drainChangeQueue(app)).toBe(1);
  expect(await memberIds(app, id)).toEqual([customerId]);
  expect(await historyOf(customerId!)).toMatchObject([{ enteredBy: 'EVENT', leftAt: null }]);
});

test('settling and evaluating again adds nothing to the history', async () => {
  await addSegment(app, 'buyers', 'number_of_orders >= 1');
  const [customerId] = await addPeople(1);
  await order(customerId!);
  const before = await historyOf(customerId!);

  daysLater(1);
  await refreshDerivedData(app, [customerId!]);
  await evaluateAllSegments(app);
  await reevaluateDueMembers(app);

  expect(await historyOf(customerId!)).toEqual(before);
});

test('reads histories of 40 people and past members of many segments in as many statements as of one', async () => {
  await addPeople(40);
  for (const key of ['a', 'b', 'c']) await addSegment(app, key, 'EVERYONE');
  const people = `query ($first: Int!) { customers(first: $first) { nodes { segmentHistory(first: 5) {
    totalCount nodes { enteredBy segment { key } } } } } }`;
  const segments = `query ($first: Int!, $at: DateTime!) { segments(first: $first) { nodes {
    growth(from: "2026-05-01T00:00:00Z") { size } membersAt(at: $at, first: 5) { totalCount nodes { country } } } } }`;
  const count = async (source: string, first: number) => {
    app.resetStatements();
    await query(app, source, { first, at: NOW });
    return app.statements.length;
  };

  expect(await count(people, 40)).toBe(await count(people, 1));
  expect(await count(segments, 3)).toBe(await count(segments, 1));
});
