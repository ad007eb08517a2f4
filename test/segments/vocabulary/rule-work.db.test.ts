import type { Rule } from '#rule-language/syntax/tree.ts';
import { workOf } from '#rule-language/check/work.ts';
import { compileRule, readSegmentRule } from '#segments/vocabulary/rule.ts';
import { createSegment } from '#segments/service.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { createPlace, run, serve } from '../../support/gateway-process.ts';
import { post } from '../../support/server.ts';
import { NOW, openShop } from '../shop.ts';
import { query } from '../../support/query.ts';
import { addSegment } from '../seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  await openShop(app);
});
afterAll(() => app.close());

const PREVIEW = `query ($rule: String!) {
  segmentPreview(rule: $rule) {
    __typename
    ... on SegmentPreview { size }
    ... on SegmentRuleError { message offset line column length }
  }
}`;

async function preview(rule: string) {
  const data = await query(app, PREVIEW, { rule });
  return data.segmentPreview;
}

const ORDER = 'orders_placed MATCHES (amount > 0)';
const FIVE_STEPS = Array(5).fill(ORDER).join(' THEN ');

const clauses: Readonly<Record<string, string>> = {
  'that there are events': "products_purchased MATCHES (category = 'Kitchen')",
  'that there are none': "products_purchased NOT MATCHES (category = 'Garden')",
  'a count of events': 'orders_placed MATCHES (count >= 2)',
  sequences: `${ORDER} THEN ${ORDER} WITHIN 30d`,
};

async function planningMs(rule: string): Promise<number> {
  const { sql, parameters } = compileRule(rule, { now: NOW });
  const [row] = await app.db.queryUnprepared<{ 'QUERY PLAN': [{ 'Planning Time': number }] }>(
    `explain (summary, format json) select c.id from customers c
    left join customer_profiles p on p.customer_id = c.id where c.erased_at is null and (${sql})`,
    parameters,
  );
  return row!['QUERY PLAN'][0]['Planning Time'];
}

test.each(Object.entries(clauses))(
  'a rule of 45 clauses that ask for %s is planned in time that grows with the clauses alone',
  async (_, clause) => {
    const few = await planningMs(Array(5).fill(clause).join(' AND '));
    const many = await planningMs(Array(45).fill(clause).join(' AND '));

    // 9 times the clauses; the search for an order of 45 joins took over a thousand times as long.
    expect(many).toBeLessThan(Math.max(few, 2) * 90);
  },
);

test('finds the same people however many clauses are joined', async () => {
  const rule = (count: number) => Array(count).fill(Object.values(clauses)).flat().join(' AND ');

  expect(await preview(rule(1))).toEqual({ __typename: 'SegmentPreview', size: 4 });
  expect(await preview(rule(12))).toEqual({ __typename: 'SegmentPreview', size: 4 });
});

test.each<[string, number, string]>([
  ['attributes', 3, "number_of_orders > 1 AND NOT country = 'GB' OR EVERYONE"],
  ['a group', 5, "IN LIST 'press'"],
  ['events', 12, 'orders_placed MATCHES (count > 1, amount > 5)'],
  ['two steps', 30, `${ORDER} THEN ${ORDER}`],
  ['five steps', 810, FIVE_STEPS],
])('works out what %s take', (_, work, text) => {
  expect(workOf(readSegmentRule(text))).toBe(work);
});

test('refuses a rule beyond its budget of work, at the clause that goes beyond', async () => {
  const rule = `number_of_orders > 1 OR (${FIVE_STEPS})\n OR (${FIVE_STEPS})\n OR (${FIVE_STEPS})`;

  expect(await preview(rule)).toMatchObject({
    __typename: 'SegmentRuleError',
    message: expect.stringContaining('at most 2000 units of work, this one 2431'),
    line: 3,
  });
});

test('counts segments that are named in full, before they are written out', async () => {
  const wide = Array(60).fill('orders_placed MATCHES (amount > 1)').join(' OR ');
  await addSegment(app, 'wide_0', wide);
  await addSegment(app, 'wide_1', "IN SEGMENT 'wide_0' OR country = 'GB'");

  const twice = await preview("IN SEGMENT 'wide_1' AND IN SEGMENT 'wide_0'");
  const manyTimes = await preview(Array(5).fill("IN SEGMENT 'wide_1'").join(' AND '));
  const saved = createSegment(app, {
    key: 'wide_2',
    name: 'Wide',
    rule: Array(5).fill("IN SEGMENT 'wide_1'").join(' AND '),
  });

  expect(twice).toMatchObject({ __typename: 'SegmentPreview' });
  expect(manyTimes!.message).toContain('this one 3305');
  await expect(saved).rejects.toThrow('this one 3305');
});

test('a segment does not grow beyond the budget of those that name it', async () => {
  await addSegment(app, 'small', 'orders_placed MATCHES (amount > 2)');
  await addSegment(app, 'user', Array(20).fill("IN SEGMENT 'small'").join(' OR '));

  const data = await query(
    app,
    `mutation ($input: UpdateSegmentInput!) { updateSegment(input: $input) { ... on Error { message } } }`,
    {
      input: {
        id: btoa(`Segment:${await idOf('small')}`),
        rule: Array(20).fill('orders_placed MATCHES (amount > 2)').join(' OR '),
      },
    },
  );

  expect(data.updateSegment!.message).toContain("segment 'user', which names this one");
});

test('adds each segment up once, however often others name it', () => {
  const names = (key: string): Rule => readSegmentRule(Array(100).fill(`IN SEGMENT '${key}'`).join(' OR '));
  const rules = new Map(Array.from({ length: 30 }, (_, level) => [`s${level}`, names(`s${level + 1}`)]));

  expect(workOf(names('s0'), (key) => rules.get(key))).toBeGreaterThan(1e60);
});

async function idOf(key: string): Promise<string> {
  const [row] = await app.db.query<{ id: string }>('select id from segments where key = $1', [key]);
  return row!.id;
}

test.runIf(process.env['TEST_ENGINE'] === 'postgres')(
  'a statement that runs into its time limit is told as such',
  async () => {
    const place = await createPlace();
    const holder = postgres(place.env['DATABASE_URL']!, { max: 1, onnotice: () => {} });
    const made = await run(place, ['keys', 'create', '--scopes', 'admin', '--json']);
    const gateway = await serve(place, ['--no-demo', '--no-jobs'], { STATEMENT_TIMEOUT_MS: '300' });
    try {
      const { key } = JSON.parse(made.stdout) as { key: string };
      // Statements about orders wait for the lock, as they would for a slow disk.
      const replies = await holder.begin(async (transaction) => {
        await transaction.unsafe('lock table orders in access exclusive mode');
        const caller = { url: gateway.url, key };
        return [
          await post(caller, { query: PREVIEW, variables: { rule: ORDER } }),
          await post(caller, { query: `{ customers(filter: "${ORDER}") { nodes { id } } }` }),
        ] as const;
      });

      expect(replies[0].body.data!.segmentPreview).toMatchObject({
        __typename: 'SegmentRuleError',
        message: expect.stringContaining('STATEMENT_TIMEOUT_MS'),
        offset: 0,
        length: ORDER.length,
      });
      expect(replies[1].body.errors![0]).toMatchObject({
        message: expect.stringContaining('took longer than 300 ms (STATEMENT_TIMEOUT_MS)'),
        path: ['customers'],
        extensions: { code: 'TIMEOUT' },
      });
    } finally {
      await holder.end();
      await gateway.kill('SIGTERM');
      await place.remove();
    }
  },
  60_000,
);
