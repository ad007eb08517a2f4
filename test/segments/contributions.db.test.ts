import { createCampaign } from '#campaigns/service.ts';
import { changeListeners } from '#customers/changes.ts';
import { recordEvents, recordOrders } from '#events/service.ts';
import { readHistory } from '#predictions/history.ts';
import { aliveProbability } from '#predictions/algorithms/bg-nbd.ts';
import { compileReasons, readSegmentRule } from '#segments/vocabulary/rule.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { DAY_MS, NOW, openShop, type Shop } from './shop.ts';
import { insertCustomers } from '../customers/seed.ts';
import { insertProduct } from '../catalog/seed.ts';
import { addSegment, memberIds } from './seed.ts';

let app: TestApp;
let shop: Shop;
beforeAll(async () => {
  app = await openTestApp();
  shop = await openShop(app);
  changeListeners(app).push((ids) => refreshDerivedData(app, ids));
});
afterAll(() => app.close());

const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

async function message(customerId: string, kind: string, hours: number): Promise<void> {
  const properties = { channel: 'email', campaign: 'spring' };
  await recordEvents(app, [{ customerId, kind, source: 'esp', occurredAt: hoursAgo(hours), properties }]);
}

test('tells who was sent a campaign, who opened and clicked it, and who bought after that', async () => {
  await createCampaign(app, {
    key: 'spring',
    name: 'Spring',
    content: {},
    audience: { rule: 'EVERYONE', channel: 'email' },
  });
  const product = await insertProduct(app.db);
  const [sent, opened, bought] = (await insertCustomers(app.db, 3)) as [string, string, string];
  for (const id of [sent, opened, bought]) await message(id, 'message_sent', 60);
  for (const id of [opened, bought]) await message(id, 'message_opened', 59);
  await message(bought, 'message_clicked', 58);
  for (const [index, customerId] of [opened, bought].entries()) {
    const lines = [{ productId: product.id, quantity: 1, unitPrice: '30' }];
    const placedAt = hoursAgo(50);
    await recordOrders(app, [{ customerId, source: 'shop', number: String(index), placedAt, lines }]);
  }
  const members = async (key: string, rule: string) => memberIds(app, await addSegment(app, key, rule));

  expect(await members('received', "IN CAMPAIGN 'spring'")).toEqual([sent, opened, bought].toSorted());
  expect(await members('opened', "messages_opened MATCHES (campaign = 'spring')")).toEqual(
    [opened, bought].toSorted(),
  );
  expect(await members('clicked', "messages_clicked MATCHES (campaign = 'spring', date >= -7d)")).toEqual([
    bought,
  ]);
  expect(
    await members('bought', "messages_converted MATCHES (campaign = 'spring', sum_amount >= 30)"),
  ).toEqual([bought]);
});

test('refuses a rule about a campaign that is not there', async () => {
  await expect(addSegment(app, 'typo', "IN CAMPAIGN 'sprong'")).rejects.toThrow('sprong');
});

test('the chance of having left in rules is that of the model', async () => {
  const parameters = { r: 0.24, alpha: 4.41, a: 0.79, b: 2.43 };
  await app.db.query(
    `insert into prediction_models (id, kind, version, parameters, customer_count, log_likelihood, trained_at)
    values (gen_random_uuid(), 'purchases', 1, $1::jsonb, 5, -1, $2)`,
    [JSON.stringify(parameters), NOW],
  );
  app.setNow(new Date(NOW.getTime() + 40 * DAY_MS));
  const { sql, parameters: values } = compileReasons(readSegmentRule('alive_probability < 0.5'), {
    now: app.clock(),
    firstParameter: 2,
  });

  const rows = await app.db.query<{
    orderCount: number;
    evidence: [[boolean, Record<string, number | null>]];
  }>(
    `select p.order_count as "orderCount", ${sql} as evidence, p.first_order_at as "firstOrderAt",
      p.last_order_at as "lastOrderAt", p.average_gap_days as "averageGapDays", p.revenue
    from customers c left join customer_profiles p on p.customer_id = c.id
    where c.id = any($1::uuid[]) order by p.order_count`,
    [shop.buyers, ...values],
  );
  app.setNow(NOW);

  for (const row of rows) {
    const history = readHistory(row as never, new Date(NOW.getTime() + 40 * DAY_MS));
    const expected =
      history === null
        ? null
        : aliveProbability(parameters, history.repeatCount, history.lastTime, history.age);
    const told = row.evidence[0][1]['alive_probability'];
    expect(told ?? -1).toBeCloseTo(expected ?? -1, 10);
  }
  expect(rows.map(({ evidence }) => evidence[0][0])).toContain(true);
});
