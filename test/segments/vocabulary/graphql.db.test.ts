import { upsertCustomers } from '#customers/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../../support/app.ts';
import { openShop } from '../shop.ts';
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
    ... on SegmentPreview { rule size share sample { id profile { orderCount } } }
    ... on SegmentRuleError { message offset }
  }
}`;

test('previews size, share and sample of a rule', async () => {
  const { segmentPreview } = await query(app, PREVIEW, { rule: 'number_of_orders>=4' });

  expect(segmentPreview).toMatchObject({
    __typename: 'SegmentPreview',
    rule: 'number_of_orders >= 4',
    size: 2,
    share: 2 / 6,
  });
  const counts = segmentPreview!.sample!.map((person) => person.profile!.orderCount);
  expect(new Set(counts)).toEqual(new Set([4, 5]));
});

test.each(["'; drop table customers; --", "x' or '1'='1", '$1', '{now}', '\\'])(
  'takes the text %s as a value and nothing else',
  async (text) => {
    const quoted = `'${text.replaceAll("'", "''")}'`;

    const found = await query(app, PREVIEW, {
      rule: `orders_placed MATCHES (channel = ${quoted}) OR customer_tags CONTAINS ${quoted}`,
    });
    const raw = await query(app, PREVIEW, { rule: text });

    expect(found.segmentPreview).toMatchObject({ __typename: 'SegmentPreview', size: 0 });
    expect(raw.segmentPreview).toMatchObject({ __typename: 'SegmentRuleError' });
  },
);

test('keeps people without the value under a negation; IS NULL tells them apart', async () => {
  const size = async (rule: string) => (await query(app, PREVIEW, { rule })).segmentPreview!.size;

  expect(await size('average_order_value > 1000')).toBe(0);
  expect(await size('NOT average_order_value > 1000')).toBe(6);
  expect(await size('NOT average_order_value > 1000 AND average_order_value IS NOT NULL')).toBe(5);
});

test('describes the language and completes a name', async () => {
  const { segmentLanguage } = await query(
    app,
    `{ segmentLanguage {
    attributes { name type operators }
    functions { name parameters { name } }
    operators { operator example }
    precedence
    completions(text: "number_of_o") { from to items { text kind } }
  } }`,
  );

  expect(segmentLanguage!.attributes.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'number_of_orders',
      'amount_spent',
      'rfm_group',
      'customer_tags',
      'recency_days',
    ]),
  );
  expect(segmentLanguage!.completions).toMatchObject({
    from: 0,
    to: 11,
    items: [{ text: 'number_of_orders', kind: 'attribute' }],
  });
});

const COMPLETE = `query ($text: String!) { segmentLanguage { completions(text: $text) { from to items { text kind } } } }`;

async function complete(text: string): Promise<string[]> {
  const { completions } = (await query(app, COMPLETE, { text })).segmentLanguage!;
  return completions!.items.filter(({ kind }) => kind === 'value').map((item) => item.text);
}

test('suggests values that people have, most frequent first, in one statement', async () => {
  app.resetStatements();
  expect(await complete("country = 'g")).toEqual(["'GB'"]);
  expect(app.statements).toHaveLength(1);

  expect(await complete('country = ')).toEqual(["'FR'", "'GB'"]);
  expect(await complete("customer_tags CONTAINS 'repeat")).toEqual(["'repeat_buyer'"]);
  expect(await complete("products_purchased MATCHES (category = 'k")).toEqual(["'Kitchen'"]);
});

test('suggests the keys of segments and lists that are there', async () => {
  await addSegment(app, 'champions_of_all', 'NONE');
  const input = { key: 'guests', name: 'Guests' };
  await query(
    app,
    'mutation ($input: CreateCustomerListInput!) { createCustomerList(input: $input) { __typename } }',
    {
      input,
    },
  );

  expect(await complete("IN SEGMENT 'champ")).toEqual(["'champions_of_all'"]);
  expect(await complete("IN LIST '")).toEqual(["'guests'"]);
});

test('suggests no real value to a key that may not read people', async () => {
  const data = await query(app, COMPLETE, { text: "country = '" }, viewerWith(['segments:write']));

  expect(data.segmentLanguage!.completions!.items).toEqual([]);
});

test('refuses what has no data yet, and says why', async () => {
  const { segmentPreview } = await query(app, PREVIEW, { rule: 'lifetime_value > 100' });

  expect(segmentPreview).toMatchObject({
    __typename: 'SegmentRuleError',
    message: expect.stringContaining('churn_risk'),
  });
});

test('tells how far people are from a place that they gave', async () => {
  const identities = [{ kind: 'external' as const, source: 'test', value: 'londoner' }];
  const attributes = { latitude: 51.5, longitude: -0.12 };
  const [outcome] = await upsertCustomers(app, [{ identities, attributes }]);
  await refreshDerivedData(app, [outcome!.customerId]);
  const size = async (rule: string) => (await query(app, PREVIEW, { rule })).segmentPreview!.size;

  expect(await size('DISTANCE(51.5, -0.12) <= 1')).toBe(1);
  expect(await size('DISTANCE(48.86, 2.35) BETWEEN 340 AND 346')).toBe(1);
});

test('every example of an operator is a rule in any database, or says what it assumes', async () => {
  const { segmentLanguage } = await query(app, '{ segmentLanguage { operators { example assumes } } }');
  const tried = async (assumes: boolean) => {
    const answers = [];
    for (const operator of segmentLanguage!.operators) {
      if ((operator.assumes !== null) !== assumes) continue;
      const { segmentPreview } = await query(app, PREVIEW, { rule: operator.example });
      answers.push(`${operator.example}: ${segmentPreview!['__typename']}`);
    }
    return answers;
  };

  const anywhere = await tried(false);
  const before = await tried(true);
  await addSegment(app, 'vip', 'number_of_orders > 3');
  const after = await tried(true);

  expect(anywhere.filter((answer) => !answer.endsWith('SegmentPreview'))).toEqual([]);
  expect(before.filter((answer) => !answer.endsWith('SegmentRuleError'))).toEqual([]);
  expect(after.filter((answer) => !answer.endsWith('SegmentPreview'))).toEqual([]);
  expect([anywhere.length > 20, after.length]).toEqual([true, 2]);
});

test('takes groups of RFM as the enum of the schema spells them, and no other spelling', async () => {
  const asEnum = await query(app, PREVIEW, { rule: "rfm_group IN ('PROSPECTS', 'AT_RISK')" });
  const asWord = await query(app, PREVIEW, { rule: "rfm_group != 'prospects'" });
  const mixed = await query(app, PREVIEW, { rule: "rfm_group = 'Prospects'" });
  const typed = await query(
    app,
    `{ segmentLanguage { completions(text: "rfm_group = 'CHAMP") { items { text } } } }`,
  );

  expect(asEnum.segmentPreview!.rule).toBe("rfm_group IN ('prospects', 'at_risk')");
  expect(asEnum.segmentPreview!.size).toBeGreaterThan(0);
  expect(asEnum.segmentPreview!.size! + asWord.segmentPreview!.size!).toBe(
    asEnum.segmentPreview!.size! / asEnum.segmentPreview!.share!,
  );
  expect(mixed.segmentPreview).toMatchObject({ __typename: 'SegmentRuleError' });
  expect(typed.segmentLanguage!.completions!.items).toEqual([{ text: "'champions'" }]);
});
