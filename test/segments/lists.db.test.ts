import { changeListeners } from '#customers/changes.ts';
import { upsertCustomers } from '#customers/service.ts';
import { drainChangeQueue, refreshDerivedData } from '#segments/membership/refresh.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { NOW } from './shop.ts';
import { query, textLike } from '../support/query.ts';
import type { Inputs } from '../support/schema-types.d.ts';
import { addSegment, forgetSegments, memberIds } from './seed.ts';

let app: TestApp;
/** Known by external ids C-0 to C-4 of `crm`, and by e-mail. */
let people: string[];
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  changeListeners(app).push((ids) => refreshDerivedData(app, ids));
  const outcomes = await upsertCustomers(
    app,
    Array.from({ length: 5 }, (_, index) => ({
      identities: [{ kind: 'external' as const, source: 'crm', value: `C-${index}` }],
      email: `person${index}@example.com`,
    })),
  );
  people = outcomes.map(({ customerId }) => customerId);
});
beforeEach(async () => {
  await forgetSegments(app);
  await app.db.query('delete from customer_list_members');
  await app.db.query('delete from customer_lists');
});
afterAll(() => app.close());

const byCrm = (...indexes: number[]) =>
  indexes.map((id) => ({ externalId: { source: 'crm', id: `C-${id}` } }));

const CREATE = `mutation ($input: CreateCustomerListInput!) { createCustomerList(input: $input) {
  __typename
  ... on CreateCustomerListPayload { added unknown list { id key size } }
  ... on InvalidInputError { field }
  ... on ListKeyTakenError { key }
} }`;

async function create(key: string, on: readonly Inputs['CustomerBy'][] = []) {
  return (await query(app, CREATE, { input: { key, name: key, people: on } })).createCustomerList!;
}

type Edit = 'addToCustomerList' | 'removeFromCustomerList' | 'replaceCustomerListMembers';

async function edit(mutation: Edit, id: string, on: readonly Inputs['CustomerBy'][]) {
  const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
  type Like = `mutation ($input: AddToCustomerListInput!) { result: addToCustomerList(input: $input) {
    ... on AddToCustomerListPayload { added removed unknown list { size } }
    ... on InvalidInputError { field } } }`;
  const text = `mutation ($input: ${name}Input!) { result: ${mutation}(input: $input) {
    __typename
    ... on ${name}Payload { added removed unknown list { size } }
    ... on InvalidInputError { field }
  } }`;
  return (await query(app, textLike<Like>(text), { input: { id, people: on } })).result!;
}

test('finds people by id, e-mail and foreign id, each once, and tells whom nobody knows', async () => {
  const on = [
    { id: people[0]! },
    { email: 'PERSON1@example.com' },
    ...byCrm(2, 0, 99),
    { email: 'nobody@example.com' },
  ];

  expect(await create('vip', on)).toMatchObject({ added: 3, unknown: [4, 5], list: { key: 'vip', size: 3 } });
});

const DUPLICATE = `mutation ($input: DuplicateCustomerListInput!) { duplicateCustomerList(input: $input) {
  __typename
  ... on DuplicateCustomerListPayload { added list { key name size members(first: 5) { nodes { id } } } }
  ... on InvalidInputError { field }
  ... on ListKeyTakenError { key }
} }`;

test('a copy has the same people, and goes its own way', async () => {
  const { list } = await create('vip', byCrm(0, 1));
  const { duplicateCustomerList: copy } = await query(app, DUPLICATE, {
    input: { id: list!.id, key: 'copy', name: 'Copy' },
  });

  expect(copy).toMatchObject({ added: 2, list: { key: 'copy', name: 'Copy', size: 2 } });
  await edit('removeFromCustomerList', list!.id, byCrm(0));
  const { customerList } = await query(app, '{ customerList(by: { key: "copy" }) { size } }');
  expect(customerList!.size).toBe(2);
});

test('replaces, adds and removes, and again changes nothing', async () => {
  const { list } = await create('vip', byCrm(0, 1));

  expect(await edit('addToCustomerList', list!.id, byCrm(1, 2))).toMatchObject({
    added: 1,
    list: { size: 3 },
  });
  expect(await edit('removeFromCustomerList', list!.id, byCrm(0, 4))).toMatchObject({ removed: 1 });
  expect(await edit('replaceCustomerListMembers', list!.id, byCrm(2, 3, 4))).toMatchObject({
    added: 2,
    removed: 1,
    list: { size: 3 },
  });
  expect(await edit('replaceCustomerListMembers', list!.id, byCrm(2, 3, 4))).toMatchObject({
    added: 0,
    removed: 0,
  });
});

test('segments that name a list follow it at once, and their history says so', async () => {
  const { list } = await create('vip', byCrm(0));
  const id = await addSegment(app, 'vips', "IN LIST 'vip' AND country IS NULL");
  expect(await memberIds(app, id)).toEqual([people[0]]);

  await edit('replaceCustomerListMembers', list!.id, byCrm(1));

  expect(await memberIds(app, id)).toEqual([people[1]]);
  const stays = await app.db.query<{ cause: string }>(
    'select coalesce(left_cause, entered_cause) as cause from membership_intervals where segment_id = $1 order by entered_at, left_at',
    [id],
  );
  expect(stays.map(({ cause }) => cause)).toEqual(['list', 'list']);
});

test('a list that changed while its process died is followed by the next sweep', async () => {
  const listeners = changeListeners(app).splice(0);
  const { list } = await create('vip');
  const id = await addSegment(app, 'vips', "IN LIST 'vip'");

  await edit('addToCustomerList', list!.id, byCrm(3));
  expect(await memberIds(app, id)).toEqual([]);
  await drainChangeQueue(app);
  changeListeners(app).push(...listeners);

  expect(await memberIds(app, id)).toEqual([people[3]]);
});

test.each([
  ['InvalidInputError', { key: 'half', name: 'x', people: [{ email: 'half' }] }, { field: 'people.0.email' }],
  ['InvalidInputError', { key: 'id', name: 'x', people: [{ id: 'x' }] }, { field: 'people.0.id' }],
])('answers %s for %j', async (typename, input, expected) => {
  expect((await query(app, CREATE, { input })).createCustomerList).toMatchObject({
    __typename: typename,
    ...expected,
  });
});

test('refuses a rule about a list that is not there, with the one that was meant', async () => {
  await create('vip_2026');
  const { segmentPreview } = await query(
    app,
    `{ segmentPreview(rule: "IN LIST 'vip_202'") {
    ... on SegmentRuleError { message suggestion } } }`,
  );

  expect(segmentPreview).toMatchObject({ suggestion: "LIST 'vip_2026'" });
});

test('archives a list that no rule names', async () => {
  const { list } = await create('vip', byCrm(0));
  const id = await addSegment(app, 'vips', "IN LIST 'vip'");
  const source = `mutation ($id: ID!) { archiveCustomerList(input: { id: $id }) {
    __typename
    ... on ListInUseError { usedBy }
    ... on ArchiveCustomerListPayload { list { size archivedAt } }
  } }`;

  expect((await query(app, source, { id: list!.id })).archiveCustomerList).toMatchObject({
    usedBy: ['vips'],
  });
  await query(app, 'mutation ($id: ID!) { archiveSegment(input: { id: $id }) { __typename } }', { id });
  for (const minutes of [0, 1]) {
    app.setNow(new Date(NOW.getTime() + minutes * 60_000));
    expect((await query(app, source, { id: list!.id })).archiveCustomerList).toMatchObject({
      list: { size: 0, archivedAt: NOW.toISOString() },
    });
  }
  app.setNow(NOW);
});

test('needs segments:write to change, and nothing more', async () => {
  const { list } = await create('vip', byCrm(0));
  const source = `mutation ($id: ID!) { addToCustomerList(input: { id: $id, people: [] }) { __typename } }`;

  const data = await query(app, source, { id: list!.id }, viewerWith(['segments:write']));

  expect(data.addToCustomerList).toEqual({ __typename: 'AddToCustomerListPayload' });
});

test('reads members of many lists in as many statements as of one', async () => {
  for (const key of ['a', 'b', 'c']) await create(key, byCrm(0, 1, 2));
  const count = async (first: number) => {
    app.resetStatements();
    const { customerLists } = await query(
      app,
      `query ($first: Int!) { customerLists(first: $first) { totalCount nodes { size members(first: 2) {
        totalCount edges { addedAt node { id } } } } } }`,
      { first },
    );
    expect(customerLists!.nodes.at(-1)!.members).toMatchObject({ totalCount: 3 });
    return app.statements.length;
  };

  expect(await count(3)).toBe(await count(1));
});
