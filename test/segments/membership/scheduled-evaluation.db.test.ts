import { changeListeners } from '#customers/changes.ts';
import { setCustomerAttributes, upsertCustomers } from '#customers/service.ts';
import { recordEvents } from '#events/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import {
  evaluateAllSegments,
  reevaluateDueMembers,
  reevaluateUnscheduled,
} from '#segments/membership/scheduled-evaluation.ts';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { DAY_MS, NOW } from '../shop.ts';
import { insertProduct, type ShopProduct } from '../../catalog/seed.ts';
import { addSegment, forgetSegments, memberIds } from '../seed.ts';
import { giveConsent, makeCustomers } from '../../customers/seed.ts';
import { makeOrder } from '../../events/seed.ts';

let app: TestApp;
let product: ShopProduct;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  product = await insertProduct(app.db, { category: 'Kitchen', keywords: ['tea'] });
  changeListeners(app).push((ids) => refreshDerivedData(app, ids));
});
beforeEach(async () => {
  app.setNow(NOW);
  await forgetSegments(app);
  await app.db.query('update customers set erased_at = created_at');
});
afterAll(() => app.close());

async function addPerson(country = 'GB'): Promise<string> {
  const [id] = await makeCustomers(app, 1, { country });
  return id!;
}

async function moveTo(customerId: string, country: string): Promise<void> {
  const [row] = await app.db.query<{ value: string }>(
    'select value from customer_identities where customer_id = $1',
    [customerId],
  );
  await upsertCustomers(app, [
    { identities: [{ kind: 'external', source: 'test', value: row!.value }], country },
  ]);
}

const order = (customerId: string, placedAt = app.clock(), quantity = 1) =>
  makeOrder(app, customerId, product, placedAt, quantity);

async function track(customerId: string, kind: string, campaign?: string): Promise<void> {
  const properties = campaign === undefined ? {} : { campaign };
  await recordEvents(app, [{ customerId, kind, source: 'test', occurredAt: app.clock(), properties }]);
}

const consent = (customerId: string, status: 'granted' | 'denied') => giveConsent(app, customerId, status);

function later(ms: number): void {
  app.setNow(new Date(app.clock().getTime() + ms));
}

/** Rules that hold for everybody at all times, so that whoever is looked at comes in. */
const alwaysTrue = {
  everyone: 'EVERYONE',
  by_country: "country != 'AQ'",
  by_vip: 'vip IS NULL OR vip IS NOT NULL',
  by_tenure: 'tenure IS NULL OR tenure IS NOT NULL',
  by_orders: 'number_of_orders >= 0',
  by_age_of_order: 'recency_days >= 0 OR recency_days IS NULL',
  by_consent: "email_subscription_status != 'subscribed' OR consents_granted CONTAINS 'email:marketing'",
  by_views: 'products_viewed MATCHES (count >= 0)',
  by_pages: "events MATCHES (count >= 0, kind = 'page_viewed')",
  by_anything: 'events MATCHES (count >= 0)',
  by_last_seen: 'last_seen_date IS NULL OR last_seen_date IS NOT NULL',
  by_segment: "IN SEGMENT 'by_consent' AND NOT IN SEGMENT 'empty'",
};

test.each<[string, (id: string) => Promise<unknown>, readonly string[]]>([
  ['an order', order, ['by_orders', 'by_age_of_order', 'by_anything', 'by_last_seen']],
  ['a view', (id) => track(id, 'product_viewed'), ['by_views', 'by_anything', 'by_last_seen']],
  ['a page', (id) => track(id, 'page_viewed'), ['by_pages', 'by_anything', 'by_last_seen']],
  ['a consent', (id) => consent(id, 'granted'), ['by_consent', 'by_last_seen', 'by_segment']],
  ['an attribute', (id) => setCustomerAttributes(app, id, { vip: true }), ['by_vip', 'by_last_seen']],
  ['a country', (id) => moveTo(id, 'FR'), ['by_country', 'by_last_seen']],
])('%s makes only the segments be looked at that it can affect', async (_, change, expected) => {
  await setCustomerAttributes(app, await addPerson(), { vip: false, tenure: 1 });
  await addSegment(app, 'empty', 'NONE');
  const idByKey = new Map<string, string>();
  for (const [key, rule] of Object.entries(alwaysTrue)) idByKey.set(key, await addSegment(app, key, rule));
  const customerId = await addPerson();
  await app.db.query('delete from segment_memberships');

  await change(customerId);

  const found: string[] = [];
  for (const [key, id] of idByKey) {
    if ((await memberIds(app, id)).includes(customerId)) found.push(key);
  }
  expect(found.toSorted()).toEqual(expected.toSorted());
});

test('time alone moves people, when their moment comes, and nobody else is looked at', async () => {
  const [early, late] = [await addPerson(), await addPerson()];
  await order(early, new Date(NOW.getTime() - 20 * DAY_MS));
  await order(late, new Date(NOW.getTime() - 10 * DAY_MS));
  const lately = await addSegment(app, 'lately', 'recency_days <= 30');
  const lapsing = await addSegment(app, 'lapsing', 'last_order_date < -30d');
  await addSegment(app, 'timeless', 'number_of_orders >= 1');
  expect(await memberIds(app, lately)).toHaveLength(2);

  expect(await reevaluateDueMembers(app)).toBe(0);
  later(10 * DAY_MS + 1);
  expect(await reevaluateDueMembers(app)).toBeGreaterThan(0);
  expect(await memberIds(app, lately)).toEqual([late]);

  later(DAY_MS);
  await reevaluateDueMembers(app);
  expect(await memberIds(app, lapsing)).toEqual([early]);
  expect(await reevaluateDueMembers(app)).toBe(0);
});

test('rules that look at the clock in their own way are swept for everybody', async () => {
  const customerId = await addPerson();
  await order(customerId);
  const id = await addSegment(app, 'slow', 'recency_days > average_order_value');
  expect(await memberIds(app, id)).toEqual([]);

  later(11 * DAY_MS);
  expect(await reevaluateDueMembers(app)).toBe(0);
  expect(await reevaluateUnscheduled(app)).toBe(1);

  expect(await memberIds(app, id)).toEqual([customerId]);
});

test('a segment that asks for the history of another follows it at once, and as time passes', async () => {
  const customerId = await addPerson();
  const buyers = await addSegment(app, 'buyers', 'number_of_orders >= 1');
  const lately = await addSegment(app, 'new_buyers', "ENTERED SEGMENT 'buyers' WITHIN 7d");
  const loyal = await addSegment(app, 'loyal', "IN SEGMENT 'buyers' FOR 7d");
  await order(customerId);
  expect(await memberIds(app, buyers)).toEqual([customerId]);
  expect(await memberIds(app, lately)).toEqual([customerId]);

  later(7 * DAY_MS + 4 * 3_600_000);
  await reevaluateDueMembers(app);

  expect(await memberIds(app, lately)).toEqual([]);
  expect(await memberIds(app, loyal)).toEqual([customerId]);
});

const steps = fc.oneof(
  fc.record({ kind: fc.constant('order'), person: fc.nat(2), days: fc.nat(60) }),
  fc.record({
    kind: fc.constantFrom('view', 'page', 'grant', 'deny', 'move'),
    person: fc.nat(2),
    days: fc.nat(9),
  }),
  fc.record({ kind: fc.constant('wait'), person: fc.constant(0), days: fc.integer({ min: 1, max: 40 }) }),
);

async function takeStep(people: readonly string[], step: { kind: string; person: number; days: number }) {
  const customerId = people[step.person]!;
  const at = new Date(app.clock().getTime() - step.days * DAY_MS);
  later(1000);
  if (step.kind === 'order') await order(customerId, at, step.days % 4 === 0 ? 20 : 1);
  if (step.kind === 'view') await track(customerId, 'product_viewed');
  if (step.kind === 'page') await track(customerId, 'page_viewed');
  if (step.kind === 'grant') await consent(customerId, 'granted');
  if (step.kind === 'deny') await consent(customerId, 'denied');
  if (step.kind === 'move') await setCustomerAttributes(app, customerId, { town: String(step.days) });
  if (step.kind === 'wait') {
    later(step.days * DAY_MS);
    await reevaluateDueMembers(app);
  }
}

test('following each change and each due moment agrees with finding everybody, over random histories', async () => {
  const rules = {
    a: "number_of_orders >= 2 AND NOT country = 'FR'",
    b: 'orders_placed MATCHES (count >= 2, date >= -60d)',
    c: 'amount_spent BETWEEN 30 AND 250 OR last_order_date IS NULL',
    d: "NOT IN SEGMENT 'a' AND products_purchased MATCHES (sum_quantity > 3)",
    e: "customer_tags CONTAINS 'repeat_buyer' OR products_purchased MATCHES (count = 0)",
    f: 'recency_days > 45 OR recency_days BETWEEN 10 AND 20',
    g: "email_subscription_status = 'subscribed' AND NOT products_viewed MATCHES (date >= -14d)",
    h: "events MATCHES (kind = 'page_viewed', count >= 2, date >= -30d)",
    i: 'last_order_date < -21d OR last_seen_date >= -7d',
    j: "IN SEGMENT 'b' AND NOT IN SEGMENT 'h'",
    k: "ENTERED SEGMENT 'b' WITHIN 10d OR LEFT SEGMENT 'g' WITHIN 20d",
    l: "IN SEGMENT 'c' FOR 5d AND NOT IN SEGMENT 'k'",
  };
  for (const [key, rule] of Object.entries(rules)) await addSegment(app, key, rule);
  const memberships = () =>
    app.db.query(
      'select customer_id, segment_id, entered_at from segment_memberships order by customer_id, segment_id',
    );
  const openStays = () =>
    app.db.query(
      'select customer_id, segment_id, entered_at from membership_intervals where left_at is null order by customer_id, segment_id',
    );
  let moves = 0;

  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 12 }), async (history) => {
      const people = [await addPerson('GB'), await addPerson('FR'), await addPerson('GB')];
      for (const step of history) await takeStep(people, step);
      const followed = [...(await memberships())];
      expect([...(await openStays())]).toEqual(followed);
      moves += followed.length;

      await evaluateAllSegments(app);

      expect([...(await memberships())]).toEqual(followed);
      expect([...(await openStays())]).toEqual(followed);
    }),
    { numRuns: 12, seed: 20_260_601 },
  );
  expect(moves).toBeGreaterThan(50);
});
