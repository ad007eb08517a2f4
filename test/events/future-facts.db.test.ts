import { upsertProducts } from '#catalog/service.ts';
import { recordOrders } from '#events/service.ts';
import { refreshProfiles } from '#profiles/service.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import type { Inputs } from '../support/schema-types.d.ts';
import { plainId } from '../support/global-ids.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000).toISOString();

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  await upsertProducts(app, [{ sku: 'MUG', price: '8.00' }]);
});
beforeEach(() => app.setNow(NOW));
afterAll(() => app.close());

const UPSERT = `mutation ($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { __typename
  ... on UpsertCustomerPayload { customer { id lastSeenAt consents { status recordedAt } } }
  ... on InvalidInputError { field message } } }`;

async function upsert(input: Inputs['UpsertCustomerInput']) {
  const data = await query(app, UPSERT, { input });
  return data.upsertCustomer!;
}

const consent = (status: 'GRANTED' | 'DENIED', recordedAt?: string) => ({
  channel: 'email',
  purpose: 'marketing',
  status,
  source: 'checkout',
  recordedAt,
});

test.each([
  ['consents.0.recordedAt', { consents: [consent('GRANTED', '2099-01-01T00:00:00Z')] }],
  ['consents.0.recordedAt', { consents: [consent('GRANTED', minutes(60))] }],
  ['createdAt', { createdAt: minutes(6) }],
  ['firstSeenAt', { firstSeenAt: minutes(6) }],
  ['lastSeenAt', { lastSeenAt: '2098-01-01T00:00:00Z' }],
])('refuses a future %s of a person', async (field, input) => {
  expect(await upsert({ email: 'skew@s.test', ...input })).toMatchObject({
    __typename: 'InvalidInputError',
    field,
    message: expect.stringContaining('expected an instant that has passed'),
  });
});

test('holds a consent of a clock that is a little ahead to now, so that a denial after it counts', async () => {
  const email = 'ahead@s.test';
  expect(await upsert({ email, consents: [consent('GRANTED', minutes(4))] })).toMatchObject({
    customer: { consents: [{ status: 'GRANTED', recordedAt: NOW.toISOString() }] },
  });
  expect(await upsert({ email, consents: [consent('DENIED')] })).toMatchObject({
    customer: { consents: [{ status: 'DENIED' }] },
  });
});

test('refuses future orders and events by item, and sees nobody later than now', async () => {
  const mutation = `mutation ($later: DateTime!, $soon: DateTime!) {
    orders: recordOrders(input: { orders: [{ source: "web", number: "1", placedAt: $later,
      lines: [{ sku: "MUG", quantity: 1, unitPrice: "8.00" }] }] }) { ... on InvalidItemsError { items { index field } } }
    events: trackEvents(input: { events: [
      { customer: { email: "a@s.test" }, source: "web", kind: "search", occurredAt: $soon },
      { customer: { email: "a@s.test" }, source: "web", kind: "search", occurredAt: $later }
    ] }) { ... on InvalidItemsError { items { index field } } }
    soon: trackEvents(input: { events: [
      { customer: { email: "a@s.test" }, source: "web", kind: "search", occurredAt: $soon }
    ] }) { __typename }
  }`;
  const data = await query(app, mutation, { later: '2062-01-01T00:00:00Z', soon: minutes(3) });

  expect(data.orders).toEqual({ items: [{ index: 0, field: 'placedAt' }] });
  expect(data.events).toEqual({ items: [{ index: 1, field: 'occurredAt' }] });
  expect(data.soon).toEqual({ __typename: 'TrackEventsPayload' });
  const seen = await query(app, '{ customer(by: { email: "a@s.test" }) { lastSeenAt } }');
  expect(seen.customer!.lastSeenAt).toBe(NOW.toISOString());
});

test('an order that was stored with a future date gives no negative recency', async () => {
  const { customer } = await upsert({ email: 'stored@s.test' });
  const customerId = plainId(customer!.id);
  app.setNow(new Date('2062-01-02T00:00:00Z'));
  await recordOrders(app, [
    {
      customerId,
      source: 'web',
      number: 'G10',
      placedAt: new Date('2062-01-01T00:00:00Z'),
      lines: [{ sku: 'MUG', quantity: 1, unitPrice: '8.00' }],
    },
  ]);
  await refreshProfiles(app.db, [customerId], NOW);

  app.setNow(NOW);
  const data = await query(
    app,
    'query ($id: ID!) { customer(by: { id: $id }) { profile { recencyDays } } }',
    { id: customer!.id },
  );
  expect(data.customer!.profile!.recencyDays).toBe(0);
});
