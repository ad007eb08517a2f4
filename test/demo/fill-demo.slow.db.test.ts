import { fillDemo } from '#demo/fill-demo.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { readExamples } from '../support/documentation.ts';
import { execute, query } from '../support/query.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const sizes = { customers: 150, products: 66, browsingDays: 60 };
const now = new Date('2026-06-15T12:00:00Z');
const later = new Date(now.getTime() + 3_600_000);

let app: TestApp;
const shares: number[] = [];
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(now);
  await fillDemo(app, (done, total) => shares.push(done / total), sizes);
});
afterAll(() => app.close());

/** Everything that was filled, by the names that the shop gives: ids differ from one database to the next. */
async function describeShop({ db }: TestApp): Promise<unknown[]> {
  const crm = `(select customer_id, max(value) as crm from customer_identities where source = 'crm' group by customer_id)`;
  return Promise.all(
    [
      `select crm, country, language, attributes, last_seen_at from customers c join ${crm} i on i.customer_id = c.id order by crm`,
      `select kind, value from customer_identities order by kind, source, value_hash`,
      `select crm, channel, purpose, status, recorded_at from consents join ${crm} i using (customer_id) order by 1, 2, 3`,
      `select crm, channel, reason from suppressions join ${crm} i using (customer_id) order by 1, 2`,
      `select sku, name, price, stock from products order by sku`,
      `select crm, number, kind, placed_at, total, line_count, original_order_id is null as is_unlinked
        from orders left join ${crm} i using (customer_id) order by number`,
      `select crm, kind, occurred_at, session_id, properties from events join ${crm} i using (customer_id)
        order by crm, occurred_at, kind, properties::text`,
      `select crm, order_count, revenue, rfm_group, tags from customer_profiles join ${crm} i using (customer_id) order by crm`,
      `select crm, key from segment_memberships join ${crm} i using (customer_id) join segments s on s.id = segment_id order by 1, 2`,
      `select crm, key, entered_at::date::text, left_at::date::text from membership_intervals join ${crm} i using (customer_id)
        join segments s on s.id = segment_id order by 1, 2, 3`,
      `select crm, key from customer_list_members join ${crm} i using (customer_id) join customer_lists l on l.id = list_id order by 1, 2`,
      `select i.crm, o.crm as other, kind, direction, source, began_at from customer_connections c
        join ${crm} i on i.customer_id = c.customer_id join ${crm} o on o.customer_id = c.other_id order by 1, 2, 3, 4`,
      `select key, audience from campaigns order by key`,
      `select algorithm, status from models order by algorithm, version`,
    ].map((text) => db.query(text)),
  );
}

test('makes customers, orders whose totals are the sums of their lines, and what follows from them', async () => {
  const [counts] = await app.db.query<Record<string, number>>(
    `select (select count(*) from customers) as customers, (select count(*) from products) as products,
      (select count(*) from orders o where total <> (select sum(amount) from order_lines l
        where l.customer_id = o.customer_id and l.order_id = o.id)) as wrong,
      (select count(*) from orders o where not exists (select from customers c where c.id = o.customer_id)
        and o.customer_id <> '00000000-0000-0000-0000-000000000000') as orphans,
      (select count(*) from orders where customer_id = '00000000-0000-0000-0000-000000000000') as guests,
      (select count(*) from orders where kind = 'return' and original_order_id is null) as unlinked,
      (select count(*) from customer_profiles) as profiles, (select count(*) from recompute_queue) as changes,
      (select count(distinct segment_id) from segment_memberships) as segments,
      (select count(*) from campaigns) as campaigns, (select count(*) from models where status = 'published') as models`,
  );

  expect(counts).toMatchObject({
    customers: 150,
    products: 66,
    wrong: 0,
    orphans: 0,
    unlinked: 0,
    profiles: 150,
    changes: 0,
    campaigns: 13,
  });
  expect(counts!['guests']).toBeGreaterThan(0);
  expect(counts!['segments']).toBeGreaterThanOrEqual(4);
  expect(counts!['models']).toBeGreaterThan(0);
});

test.for(readExamples('graphql').filter(({ text }) => !/^(mutation|subscription)/.test(text)))(
  'answers the query of $place',
  async ({ text }) => {
    const data = await query<string>(app, text);

    expect(Object.values(data as object)).not.toContain(null);
  },
);

test.for(
  readExamples('rule').flatMap(({ place, text }) =>
    text
      .trim()
      .split('\n')
      .map((rule) => [rule, place] as const),
  ),
)('reads the rule %s of %s', async ([rule]) => {
  const query =
    'query ($rule: String!) { segmentPreview(rule: $rule) { __typename ... on Error { message } } }';

  expect(await execute(app, query, { rule })).toEqual({
    data: { segmentPreview: { __typename: 'SegmentPreview' } },
  });
});

test('has a past: members who came and left over two years, and campaigns that ran', async () => {
  const data = await query(
    app,
    `{ segment(by: { key: "lapsing_loyal" }) {
        growth(from: "2024-09-01T00:00:00Z", to: "2026-06-15T12:00:00Z", interval: MONTH) { entered left size }
      }
      before: segment(by: { key: "champions" }) { membersAt(at: "2025-06-01T00:00:00Z") { totalCount } }
      campaigns(first: 50, includeArchived: true) { nodes { key createdAt archivedAt } } }`,
  );

  const { growth } = data.segment as { growth: { entered: number; left: number; size: number }[] };
  expect(growth.filter(({ entered }) => entered > 0).length).toBeGreaterThan(3);
  expect(growth.reduce((sum, { left }) => sum + left, 0)).toBeGreaterThan(0);
  expect(data.before!.membersAt!.totalCount).toBeGreaterThan(0);
  const ran = data.campaigns!.nodes.filter(({ archivedAt }) => archivedAt !== null);
  expect(ran).toHaveLength(10);
  const sent = await app.db.query<{ key: string }>(
    `select distinct properties ->> 'campaign' as key from events where kind = 'message_sent' order by 1`,
  );
  const known = new Set(data.campaigns!.nodes.map(({ key }) => key));
  expect(sent.length).toBeGreaterThan(4);
  expect(sent.filter(({ key }) => !known.has(key))).toEqual([]);
});

test('shows five faces of a customer and a campaign that reaches people', async () => {
  const data = await query(
    app,
    `{ customer(by: { externalId: { source: "crm", id: "C-100002" } }) {
        email profile { orderCount } segments { totalCount } recommendations(first: 3) { product { name } }
      }
      campaigns { nodes { key preview { matched noAddress noConsent suppressed capped heldOut reached } } } }`,
  );

  expect(data.customer!.email).toMatch(/@example\.(com|net|org)$/);
  expect(data.customer!.recommendations).toHaveLength(3);
  for (const { preview } of data.campaigns!.nodes) {
    const { matched, ...counts } = preview as Record<string, number>;
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(matched);
  }
  expect(data.campaigns!.nodes.some(({ preview }) => preview.reached > 5)).toBe(true);
});

test('does nothing the second time', async () => {
  const before = await describeShop(app);
  app.resetStatements();

  await fillDemo(app, () => {}, sizes);

  expect(app.statements.filter((text) => /insert|update|delete|copy/.test(text))).toEqual([
    expect.stringContaining('demo.start'),
  ]);
  expect(await describeShop(app)).toEqual(before);
});

test.each([
  { step: 'orders', report: 2 },
  { step: 'events', report: 2 },
  { step: 'models', report: 1 },
])(
  'ends the same when it was ended at report $report of $step and called again later',
  async ({ step, report }) => {
    const other = await openTestApp();
    other.setNow(now);
    let reports = 0;
    const endHalfWay = (_done: number, _total: number, name: string) => {
      if (name === step) reports += 1;
      if (reports === report) throw new Error('ended');
    };
    await expect(fillDemo(other, endHalfWay, sizes)).rejects.toThrow('ended');
    other.setNow(later);

    await fillDemo(other, () => {}, sizes);

    expect(await describeShop(other)).toEqual(await describeShop(app));
    await other.close();
  },
);

test('says at each step how much of the whole is done, never less than before', () => {
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
  expect(shares.toSorted((one, another) => one - another)).toEqual(shares);
});

// Last: they change what the tests above look at.
test.for(readExamples('graphql').filter(({ text }) => text.startsWith('mutation')))(
  'takes the mutation of $place',
  async ({ text }) => {
    const data = await query<string>(app, text);

    expect(Object.values(data as object)).not.toContain(null);
    expect(
      JSON.stringify(Object.values(data as object).map((payload) => Object.keys(payload as object))),
    ).not.toContain('"message"');
  },
);
