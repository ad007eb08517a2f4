import { afterAll, beforeAll, expect, test } from 'vitest';

import { demoSegments } from '#demo/demo-segments.ts';
import { createSegment } from '#segments/service.ts';
import { evaluateAllSegments } from '#segments/membership/scheduled-evaluation.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';

import { openTestApp, type TestApp } from '../support/app.ts';
import { NOW, openShop, type Shop } from './shop.ts';
import { query, firstError } from '../support/query.ts';
import { insertCustomers } from '../customers/seed.ts';
import { addSegment, memberIds } from './seed.ts';

let app: TestApp;
let shop: Shop;
beforeAll(async () => {
  app = await openTestApp();
  shop = await openShop(app);
});
afterAll(() => app.close());

const CREATE = `mutation ($input: CreateSegmentInput!) {
  createSegment(input: $input) {
    __typename
    ... on CreateSegmentPayload { segment { id key size rule ruleVersion isTimeDriven } }
    ... on SegmentRuleError { message line column offset length expected suggestion problems { message } }
    ... on InvalidInputError { field message }
    ... on SegmentKeyTakenError { key }
    ... on SegmentCycleError { path }
  }
}`;

async function create(key: string, rule: string, name = key) {
  return (await query(app, CREATE, { input: { key, name, rule } })).createSegment;
}

test('creates a segment and tells its size', async () => {
  expect(await create('french', "country = 'FR' AND number_of_orders >= 3")).toMatchObject({
    __typename: 'CreateSegmentPayload',
    segment: { key: 'french', size: 2, ruleVersion: 1, isTimeDriven: false },
  });
});

test('answers SegmentRuleError with the place and the right spelling', async () => {
  expect(await create('wrong', "country = 'GB'\n  AND number_of_order > 3")).toMatchObject({
    __typename: 'SegmentRuleError',
    message: expect.stringContaining('number_of_order'),
    line: 2,
    column: 7,
    offset: 21,
    length: 15,
    suggestion: 'number_of_orders',
  });
});

test('answers SegmentRuleError with what was expected where the rule ends too early', async () => {
  const error = await create('wrong', 'number_of_orders >=');

  expect(error).toMatchObject({ __typename: 'SegmentRuleError', offset: 19, length: 0 });
  expect(error!.expected!.length).toBeGreaterThan(0);
});

test.each([
  ['SegmentKeyTakenError', { key: 'twice', name: 'x', rule: 'EVERYONE' }, { key: 'twice' }],
  ['InvalidInputError', { key: 'Not A Key', name: 'x', rule: 'EVERYONE' }, { field: 'key' }],
  ['InvalidInputError', { key: 'blank', name: ' ', rule: 'EVERYONE' }, { field: 'name' }],
  ['InvalidInputError', { key: 'nul', name: 'a\u0001b', rule: 'EVERYONE' }, { field: 'name' }],
  ['SegmentRuleError', { key: 'unknown', name: 'x', rule: "IN SEGMENT 'nobody'" }, {}],
  ['SegmentRuleError', { key: 'nul', name: 'x', rule: "country = 'a\u0001b'" }, {}],
])('answers %s for %j', async (typename, input, expected) => {
  if (input.key === 'twice') await addSegment(app, 'twice', 'NONE');

  expect((await query(app, CREATE, { input })).createSegment).toMatchObject({
    __typename: typename,
    ...expected,
  });
});

test('refuses rules that come back to their own segment, with the way', async () => {
  await addSegment(app, 'hen', 'NONE');
  await addSegment(app, 'egg', "IN SEGMENT 'hen'");
  const update = `mutation ($input: UpdateSegmentInput!) {
    updateSegment(input: $input) { __typename ... on SegmentCycleError { path } }
  }`;
  const { segment } = await query(app, '{ segment(by: { key: "hen" }) { id } }');

  expect(await query(app, update, { input: { id: segment!.id, rule: "IN SEGMENT 'egg'" } })).toEqual({
    updateSegment: { __typename: 'SegmentCycleError', path: ['hen', 'egg', 'hen'] },
  });
});

test('archives a segment that no other names, and shows it by its key alone', async () => {
  await addSegment(app, 'base', 'EVERYONE');
  await addSegment(app, 'made_of_base', "IN SEGMENT 'base'");
  const archive = `mutation ($id: ID!) {
    archiveSegment(input: { id: $id }) {
      __typename
      ... on SegmentInUseError { usedBy }
      ... on ArchiveSegmentPayload { segment { size archivedAt } }
    }
  }`;
  const idOf = async (key: string) =>
    (await query(app, 'query ($key: String!) { segment(by: { key: $key }) { id } }', { key })).segment!.id;
  const [base, made] = [await idOf('base'), await idOf('made_of_base')];

  expect((await query(app, archive, { id: base })).archiveSegment).toEqual({
    __typename: 'SegmentInUseError',
    usedBy: ['made_of_base'],
  });
  const archived = (await query(app, archive, { id: made })).archiveSegment;
  expect(archived).toMatchObject({ segment: { size: 0, archivedAt: NOW.toISOString() } });
  app.setNow(new Date(NOW.getTime() + 60_000));
  expect((await query(app, archive, { id: made })).archiveSegment).toEqual(archived);
  app.setNow(NOW);
  const { segments, segment } = await query(
    app,
    '{ segments(first: 100) { nodes { key } } segment(by: { key: "made_of_base" }) { archivedAt } }',
  );
  expect(segments!.nodes.map((node) => node.key)).not.toContain('made_of_base');
  expect(segment!.archivedAt).toEqual(NOW.toISOString());
});

test('tells why a person is in a segment, with the values', async () => {
  const id = await addSegment(
    app,
    'reasoned',
    "number_of_orders >= 5 AND recency_days < 30 OR country = 'AQ'",
  );
  expect(await memberIds(app, id)).toEqual([shop.buyers[5]]);

  const { segment } = await query(
    app,
    `{ segment(by: { key: "reasoned" }) { members { totalCount edges {
    enteredAt reasons { clause holds text values } node { country }
  } } } }`,
  );

  expect(segment!.members).toEqual({
    totalCount: 1,
    edges: [
      {
        enteredAt: NOW.toISOString(),
        node: { country: 'FR' },
        reasons: [
          expect.objectContaining({
            clause: 'number_of_orders >= 5',
            holds: true,
            values: { number_of_orders: 5 },
          }),
          expect.objectContaining({ clause: 'recency_days < 30', holds: true, values: { recency_days: 10 } }),
        ],
      },
    ],
  });
});

const PEOPLE = `query ($first: Int!) {
  customers(first: $first, sort: CREATED_AT_ASC) {
    nodes {
      id
      profile { orderCount }
      segments(first: 20) { totalCount edges { enteredAt reasons { text } node { key name } } }
    }
  }
}`;

test('reads 50 people with segments and reasons in as many statements as one', async () => {
  const people = await insertCustomers(app.db, 50, { country: 'DE' });
  await refreshDerivedData(app, people);
  await addSegment(app, 'german', "country = 'DE'");
  await addSegment(app, 'idle', 'orders_placed MATCHES (count = 0)');
  const count = async (first: number) => {
    app.resetStatements();
    const { customers } = await query(app, PEOPLE, { first });
    expect(customers!.nodes).toHaveLength(first);
    expect(customers!.nodes.at(-1)!.segments!.totalCount).toBeGreaterThan(0);
    return [...app.statements];
  };

  const one = await count(1);
  const fifty = await count(50);

  expect(fifty).toHaveLength(one.length);
  expect(fifty.map((text) => /\/\* (.*?) \*\//.exec(text)?.[1])).toEqual([
    'segments.customers',
    'segments.ofCustomers',
    'segments.countOfCustomers',
    'segments.live',
    'segments.reasons',
  ]);
});

test('reads the members of many segments in as many statements as of one', async () => {
  const source = `query ($first: Int!) { segments(first: $first) { nodes { size members(first: 5) {
    totalCount edges { reasons { text } node { id profile { revenue { amount } } } } } } } }`;
  const count = async (first: number) => {
    app.resetStatements();
    await query(app, source, { first });
    return app.statements.length;
  };

  const one = await count(1);

  expect(await count(8)).toBe(one);
});

test('members keep their order and cursors while others come and go', async () => {
  const people = await insertCustomers(app.db, 5, { country: 'NL' });
  const id = await addSegment(app, 'dutch', "country = 'NL'");
  const source = `query ($first: Int, $after: String, $last: Int, $before: String) { segment(by: { key: "dutch" }) {
    members(first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
  const page = async (variables: object) => (await query(app, source, { ...variables })).segment!.members;
  const all = await page({ first: 10 });

  const head = await page({ first: 2 });
  app.setNow(new Date(NOW.getTime() + 60_000));
  await refreshDerivedData(app, await insertCustomers(app.db, 1, { country: 'NL' }));
  const tail = await page({ first: 10, after: head!.pageInfo.endCursor });
  const back = await page({ last: 2, before: tail!.pageInfo.startCursor });
  app.setNow(NOW);

  expect(await memberIds(app, id)).toHaveLength(people.length + 1);
  expect([...head!.nodes, ...tail!.nodes]).toEqual(all!.nodes);
  expect(back!.nodes).toEqual(head!.nodes);
  expect(back!.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true });
});

test('refuses a cursor that it did not give', async () => {
  const forged = Buffer.from(JSON.stringify(['entered', 'x', 'y'])).toString('base64url');
  const error = await firstError(
    app,
    'query ($after: String) { segment(by: { key: "dutch" }) { members(after: $after) { nodes { id } } } }',
    { after: forged },
  );

  expect(error.code).toBe('BAD_USER_INPUT');
});

test('is a node', async () => {
  const { segment } = await query(app, '{ segment(by: { key: "dutch" }) { id } }');

  expect(
    await query(app, 'query ($id: ID!) { node(id: $id) { __typename ... on Segment { key } } }', segment!),
  ).toEqual({
    node: { __typename: 'Segment', key: 'dutch' },
  });
});

test('the demo segments can all be saved and evaluated', async () => {
  for (const input of demoSegments) await createSegment(app, input);

  expect(await evaluateAllSegments(app)).toBeGreaterThanOrEqual(demoSegments.length);
});
