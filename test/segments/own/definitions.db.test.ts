import { upsertCustomers } from '#customers/service.ts';
import { createSegment } from '#segments/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../../support/app.ts';
import { NOW } from '../shop.ts';
import { addSubscribers } from './telco.ts';
import { query } from '../../support/query.ts';
import type { Inputs } from '../../support/schema-types.d.ts';
import { memberIds } from '../seed.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  await addSubscribers(app, 60);
});
afterAll(() => app.close());

const LIST = `query ($first: Int, $after: String, $last: Int) { attributeDefinitions(first: $first, after: $after, last: $last) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { key type label values isDeclared seenTypes customerCount }
} }`;

const DEFINE = `mutation ($input: DefineAttributeInput!) { defineAttribute(input: $input) {
  __typename
  ... on DefineAttributePayload { attribute { key type label values isDeclared } }
  ... on Error { message }
} }`;

const UPSERT = `mutation ($id: String!, $attributes: JSON!) {
  upsertCustomer(input: { identities: [{ kind: EXTERNAL, source: "telco", value: $id }], attributes: $attributes }) {
    __typename ... on UpsertCustomerPayload { outcome } ... on InvalidInputError { field message }
  }
}`;

async function upsert(id: string, attributes: object) {
  return (await query(app, UPSERT, { id, attributes })).upsertCustomer;
}

test('lists attributes that nobody declared with the types of their values, page by page', async () => {
  const { attributeDefinitions: all } = await query(app, LIST);
  const { attributeDefinitions: first } = await query(app, LIST, { first: 3 });
  const { attributeDefinitions: next } = await query(app, LIST, {
    first: 3,
    after: first!.pageInfo.endCursor,
  });
  const { attributeDefinitions: last } = await query(app, LIST, { last: 2 });

  expect(all!.nodes).toMatchObject([
    { key: 'Churn', type: 'STRING', isDeclared: false, seenTypes: ['STRING'], customerCount: 60 },
    { key: 'Contract Type', type: 'STRING' },
    { key: 'MonthlyCharges', type: 'NUMBER' },
    { key: 'Partner', type: 'BOOLEAN' },
    { key: 'TotalCharges', type: 'NUMBER', customerCount: 59 },
    { key: 'addons', type: 'STRING_LIST' },
    { key: 'signed', type: 'DATE' },
    { key: 'tenure', type: 'NUMBER' },
  ]);
  expect(all!.totalCount).toBe(8);
  const keys = (page: typeof all) => page!.nodes.map(({ key }) => key);
  expect(keys(first)).toEqual(['Churn', 'Contract Type', 'MonthlyCharges']);
  expect(keys(next)).toEqual(['Partner', 'TotalCharges', 'addons']);
  expect(keys(last)).toEqual(['signed', 'tenure']);
});

test('tells attributes whose values are of several types', async () => {
  await upsert('T-1', { shade: 'red' });
  await upsert('T-2', { shade: 3 });
  await upsert('T-3', { shade: { deep: true } });

  const { attributeDefinitions } = await query(app, LIST);
  const { segmentPreview } = await query(
    app,
    `{ segmentPreview(rule: "shade = 'red' OR shade > 2") { ... on SegmentPreview { size } } }`,
  );

  expect(attributeDefinitions!.nodes.find(({ key }) => key === 'shade')).toMatchObject({
    type: null,
    seenTypes: ['NUMBER', 'OTHER', 'STRING'],
    customerCount: 3,
  });
  expect(segmentPreview!.size).toBe(2);
});

type AttributeType = Inputs['AttributeType'];

test.each<[string, AttributeType, readonly unknown[], readonly unknown[]]>([
  ['d_string', 'STRING', ['x', '', '2026-01-01'], [1, true, ['x'], {}]],
  ['d_number', 'NUMBER', [1, -0.5, 1e300], ['1', true, [1]]],
  ['d_boolean', 'BOOLEAN', [true, false], ['true', 0, 'Yes']],
  [
    'd_date',
    'DATE',
    ['2024-02-29', '1999-12-31'],
    ['2023-02-29', '2026-1-1', '2026-01-01T00:00:00Z', 20260101, ''],
  ],
  [
    'd_instant',
    'INSTANT',
    ['2026-01-01T10:00:00Z', '2026-01-01T10:00+02:00', '2026-01-01'],
    ['soon', '2026-01-01 10:00'],
  ],
  ['d_list', 'STRING_LIST', [[], ['a', 'b']], ['a', [1], [null], [['a']]]],
])('%s of type %s takes its own values and no others, null takes it away', async (key, type, good, bad) => {
  const { defineAttribute } = await query(app, DEFINE, { input: { key, type, label: 'A label' } });
  expect(defineAttribute).toMatchObject({
    __typename: 'DefineAttributePayload',
    attribute: { key, type, label: 'A label', isDeclared: true, values: [] },
  });

  for (const value of good) {
    expect([value, await upsert('T-9', { [key]: value })]).toEqual([
      value,
      expect.objectContaining({ __typename: 'UpsertCustomerPayload' }),
    ]);
  }
  for (const value of bad) {
    expect([value, await upsert('T-9', { [key]: value })]).toEqual([
      value,
      {
        __typename: 'InvalidInputError',
        field: `attributes.${key}`,
        message: expect.stringContaining('expected'),
      },
    ]);
  }
  expect(await upsert('T-9', { [key]: null })).toMatchObject({ outcome: 'UPDATED' });
});

test('takes declared values alone, in lists too, and rules refuse others with the nearest', async () => {
  await query(app, DEFINE, { input: { key: 'plan', type: 'STRING', values: ['free', 'paid'] } });
  await query(app, DEFINE, { input: { key: 'perks', type: 'STRING_LIST', values: ['lounge', 'miles'] } });

  expect(await upsert('T-5', { plan: 'free', perks: ['miles'] })).toMatchObject({ outcome: 'UPDATED' });
  expect(await upsert('T-5', { plan: 'gold' })).toMatchObject({
    field: 'attributes.plan',
    message: 'plan: expected one of free, paid, got "gold"',
  });
  expect(await upsert('T-5', { perks: ['miles', 'spa'] })).toMatchObject({ field: 'attributes.perks' });
  const { segmentPreview, segmentLanguage } = await query(
    app,
    `{
    segmentPreview(rule: "plan = 'pald'") { ... on SegmentRuleError { message suggestion } }
    segmentLanguage { completions(text: "plan = 'p") { items { text } } }
  }`,
  );
  expect(segmentPreview!.suggestion).toBe("'paid'");
  expect(segmentLanguage!.completions!.items).toEqual([{ text: "'paid'" }]);
});

test('a batch with one value of another type writes nobody', async () => {
  await query(app, DEFINE, { input: { key: 'seats', type: 'NUMBER' } });
  const input = (value: string, seats: unknown) => ({
    identities: [{ kind: 'external' as const, source: 'telco', value }],
    attributes: { seats },
  });

  await expect(upsertCustomers(app, [input('B-1', 1), input('B-2', 'two')])).rejects.toThrow(
    'seats: expected a number, got "two"',
  );
  const rows = await app.db.query("select 1 from customer_identities where value like 'B-%'");
  expect(rows).toEqual([]);
});

test('a declaration is changed and ended; segments keep their rules and their members', async () => {
  await query(app, DEFINE, { input: { key: 'score', type: 'NUMBER', description: 'Points.' } });
  await upsert('T-7', { score: 5 });
  const segment = await createSegment(app, { key: 'scored', name: 'Scored', rule: 'score > 3' });
  const members = await memberIds(app, segment.id);

  const again = await query(app, DEFINE, { input: { key: 'score', type: 'STRING' } });
  const { updateAttributeDefinition } = await query(
    app,
    `mutation { updateAttributeDefinition(
    input: { key: "score", type: STRING, description: null, values: ["low", "high"] }
  ) { ... on UpdateAttributeDefinitionPayload { attribute { type description values } } } }`,
  );
  const refused = await upsert('T-7', { score: 6 });
  const { archiveAttributeDefinition } = await query(
    app,
    `mutation { archiveAttributeDefinition(input: { key: "score" }) {
    ... on ArchiveAttributeDefinitionPayload { attribute { key type isDeclared seenTypes } } } }`,
  );
  const { archiveAttributeDefinition: twice } = await query(
    app,
    'mutation { archiveAttributeDefinition(input: { key: "score" }) { __typename } }',
  );
  const taken = await upsert('T-8', { score: 9 });

  expect(members).toHaveLength(1);
  expect(again.defineAttribute).toMatchObject({ __typename: 'AttributeDeclaredError' });
  expect(updateAttributeDefinition!.attribute).toEqual({
    type: 'STRING',
    description: null,
    values: ['low', 'high'],
  });
  expect(refused).toMatchObject({ __typename: 'InvalidInputError', field: 'attributes.score' });
  expect(archiveAttributeDefinition!.attribute).toEqual({
    key: 'score',
    type: 'NUMBER',
    isDeclared: false,
    seenTypes: ['NUMBER'],
  });
  expect(twice).toEqual({ __typename: 'NotFoundError' });
  expect(taken).toMatchObject({ outcome: 'UPDATED' });
  expect(await memberIds(app, segment.id)).toEqual(members);
  expect(
    (await query(app, DEFINE, { input: { key: 'score', type: 'NUMBER' } })).defineAttribute,
  ).toMatchObject({
    attribute: { isDeclared: true },
  });
});

test.each([
  [{ key: '', type: 'STRING' }, 'key'],
  [{ key: 'a\u0001b', type: 'STRING' }, 'key'],
  [{ key: 'x'.repeat(201), type: 'STRING' }, 'key'],
  [{ key: 'half \ud83d', type: 'STRING' }, 'key'],
  [{ key: 'ok', type: 'NUMBER', values: ['1'] }, 'values'],
  [{ key: 'ok', type: 'STRING', values: [] }, 'values'],
  [{ key: 'ok', type: 'STRING', values: ['half \ud83d'] }, 'values.0'],
  [{ key: 'ok', type: 'STRING', label: ' ' }, 'label'],
] as const)('a declaration as %j is an error of the field %s', async (input, field) => {
  const { defineAttribute } = await query(
    app,
    'mutation ($input: DefineAttributeInput!) { defineAttribute(input: $input) { ... on InvalidInputError { field } } }',
    { input },
  );

  expect(defineAttribute).toEqual({ field });
});

test('completes names in the spelling that a rule takes, and values for those who may read customers', async () => {
  const texts = async (text: string, scopes: Parameters<typeof viewerWith>[0] = ['customers:read']) => {
    const data = await query(
      app,
      'query ($text: String!) { segmentLanguage { completions(text: $text) { from items { text } } } }',
      { text },
      viewerWith(scopes),
    );
    return data.segmentLanguage!.completions!.items.map((item) => item.text);
  };

  expect(await texts('month')).toEqual(['MonthlyCharges']);
  expect(await texts('contr')).toEqual(['attribute."Contract Type"']);
  expect(await texts('"contr')).toEqual(['attribute."Contract Type"']);
  expect(await texts('attribute.ten')).toEqual(['attribute.tenure']);
  expect(await texts('attributes.')).toContain('attribute.tenure');
  expect(await texts("country = 'GB' AND churn ")).toEqual(expect.arrayContaining(['=', 'IN', 'CONTAINS']));
  expect(await texts('tenure ')).not.toContain('CONTAINS');
  expect(await texts('"contract type" = \'')).toEqual(
    expect.arrayContaining(["'One year'", "'Two year'", "'Month-to-month'"]),
  );
  expect(await texts("addons HAS ANY ('")).toEqual(expect.arrayContaining(["'tv'"]));
  expect(await texts('Partner = ')).toEqual(expect.arrayContaining(['TRUE', 'FALSE']));
  expect(await texts('"contract type" = \'', [])).toEqual([]);
  expect(await texts('month', [])).toEqual([]);
});
