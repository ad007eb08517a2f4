import { upsertProducts } from '#catalog/service.ts';
import { repairCustomers } from '#customers/repair.ts';
import { upsertCustomers } from '#customers/service.ts';
import { repairEvents } from '#events/repair.ts';
import { recordEvents, recordOrders } from '#events/service.ts';
import { ensureEventPartitions } from '#events/partitions.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const FUTURE = '2099-01-01T00:00:00.000Z';
const CONSENT = { channel: 'email', purpose: 'marketing', source: 'checkout' } as const;

let app: TestApp;
let customerId: string;
beforeEach(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  const consent = (status: 'granted' | 'denied', day: string) => ({
    ...CONSENT,
    status,
    recordedAt: new Date(`2026-05-${day}T00:00:00Z`),
  });
  const [written] = await upsertCustomers(app, [
    {
      identities: [{ kind: 'external', source: 'shop', value: 'C1' }],
      consents: [consent('granted', '20'), consent('denied', '10')],
    },
  ]);
  customerId = written!.customerId;
});
afterEach(() => app.close());

const repair = async (apply: boolean) => {
  const { contactsInEvents, futureEvents } = await repairEvents(app, { apply });
  return { contactsInEvents, futureEvents, ...(await repairCustomers(app, { apply })) };
};
const NOTHING = { contactsInEvents: 0, futureEvents: 0, futureConsents: 0, futureSightings: 0 };

/** Every table that a repair may write, as text. */
async function dump(): Promise<string> {
  const rows = await app.db.query<{ text: string }>(
    `select to_jsonb(e)::text as text from events e union all select to_jsonb(o)::text from orders o
    union all select to_jsonb(l)::text from order_lines l union all select to_jsonb(c)::text from customers c
    union all select to_jsonb(c)::text from consents c union all select to_jsonb(h)::text from consent_history h
    order by text`,
  );
  return rows.map(({ text }) => text).join('\n');
}

/** As events, orders and consents were kept before contact data was cut and times of the future were refused. */
async function ageData(): Promise<void> {
  await upsertProducts(app, [{ sku: 'MUG', price: '8.00' }]);
  const placedAt = new Date('2026-05-30T00:00:00Z');
  const event = { customerId, kind: 'search', source: 'web', occurredAt: placedAt, sessionId: 's' };
  await recordEvents(app, [
    { ...event, sourceId: 'E1', properties: { text: 'mug' } },
    { ...event, sourceId: 'E2', properties: { text: 'cup' } },
  ]);
  const lines = [{ sku: 'MUG', quantity: 1, unitPrice: '8.00' }];
  await recordOrders(app, [{ customerId, source: 'shop', number: 'O1', placedAt, lines }]);
  await ensureEventPartitions(app, [Date.parse(FUTURE)]);
  await app.db.query(`update events set session_id = 'ann@example.com',
    properties = '{"text": "for ann@example.com", "ann@example.com": 1}' where properties->>'text' = 'mug'`);
  for (const [table, column] of [
    ['events', 'occurred_at'],
    ['orders', 'placed_at'],
    ['order_lines', 'placed_at'],
    ['customers', 'last_seen_at'],
  ] as const) {
    const where =
      table === 'events' ? `where properties->>'text' is null or properties->>'text' = 'cup'` : '';
    await app.db.query(`update ${table} set ${column} = $1 ${where}`, [FUTURE]);
  }
  await app.db.query(`update consents set recorded_at = $1, status = 'granted'`, [FUTURE]);
  await app.db.query(`update consent_history set recorded_at = $1 where status = 'granted'`, [FUTURE]);
}

test('counts what breaks the rules of today, and changes nothing', async () => {
  await ageData();
  const before = await dump();

  const found = await repair(false);

  expect(found).toEqual({ contactsInEvents: 1, futureEvents: 2, futureConsents: 2, futureSightings: 1 });
  expect(await dump()).toBe(before);
});

test('mends it once: contact data is cut, and nothing is dated after it was taken in', async () => {
  await ageData();

  const mended = await repair(true);

  expect(mended).toEqual({ contactsInEvents: 1, futureEvents: 2, futureConsents: 2, futureSightings: 1 });
  const kept = await dump();
  expect(kept).not.toContain('ann@example.com');
  expect(kept).not.toContain('2099');
  const times = await app.db.query<{ at: Date }>(
    `select placed_at as at from orders union all select placed_at from order_lines
    union all select occurred_at from events where order_id is not null or properties->>'text' = 'cup'
    union all select last_seen_at from customers`,
  );
  expect(times.map(({ at }) => at.toISOString())).toEqual(Array(5).fill(NOW.toISOString()));
  expect(await app.db.query('select customer_id as id from recompute_queue')).toEqual([{ id: customerId }]);

  expect(await repair(true)).toEqual(NOTHING);
  expect(await dump()).toBe(kept);
});

test('a consent of the future outlives no denial', async () => {
  await ageData();

  await repair(true);

  const [consent] = await app.db.query(`select status, recorded_at as at from consents`);
  expect(consent).toEqual({ status: 'denied', at: new Date('2026-05-10T00:00:00Z') });
});

test('goes on where it was stopped', async () => {
  await ageData();
  const controller = new AbortController();
  const stopped = await repairEvents(app, {
    apply: true,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });

  const rest = await repair(true);

  expect(stopped.contactsInEvents + rest.contactsInEvents).toBe(1);
  expect(stopped.futureEvents + rest.futureEvents).toBe(2);
  expect(await repair(false)).toEqual(NOTHING);
});

test('leaves data of today as they are', async () => {
  const before = await dump();

  expect(await repair(true)).toEqual(NOTHING);
  expect(await dump()).toBe(before);
});
