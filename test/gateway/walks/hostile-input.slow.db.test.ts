import { createEngine } from '#graphql/engine.ts';
import { assert, asyncProperty, constantFrom, string } from 'fast-check';
import { type GraphQLError, isInterfaceType, isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { schema } from '../../../src/main/schema.ts';
import { createContext, openTestApp, type TestApp } from '../../support/app.ts';
import { type Call, callsOfSchema } from './calls.ts';
import { cursorValues, hostileValues, madeUpIds } from './hostile-values.ts';
import { addOneOfEach } from './one-of-each.ts';
import { globalId } from '../../support/global-ids.ts';

const engine = createEngine(schema, { depth: 30, aliases: 100, tokens: 10_000, complexity: 10_000_000 });

let app: TestApp;
let nodeIds: Record<string, string>;
let calls: readonly Call[];
/** What was logged as a bug of ours. */
const bugs: unknown[] = [];

beforeAll(async () => {
  app = await openTestApp();
  app.log.error = (details: { error: unknown }) => void bugs.push(details.error);
  nodeIds = await addOneOfEach(app);
  calls = callsOfSchema(schema, nodeIds);
});
afterAll(() => app.close());

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLError[];
}

async function run(query: string, variables: Record<string, unknown>): Promise<Answer> {
  const parameters = { query, variables, operationName: null };
  const result = await engine.answer(parameters, createContext(app));
  return 'body' in result ? (JSON.parse(Buffer.from(result.body).toString()) as Answer) : result;
}

/** A size beyond any page is told by what it would cost. */
const CALLERS_CODES: ReadonlySet<string> = new Set(['BAD_USER_INPUT', 'NOT_FOUND', 'QUERY_TOO_COMPLEX']);

/** What went wrong that the caller did not do; empty where nothing did. */
async function bugsOf(query: string, variables: Record<string, unknown>): Promise<string[]> {
  bugs.length = 0;
  const { errors = [] } = await run(query, variables);
  const uncoded = errors.filter(({ extensions }) => !CALLERS_CODES.has(String(extensions?.['code'])));
  return [
    ...uncoded.map(
      ({ message, extensions, path }) => `${String(extensions?.['code'])} ${path?.join('.')}: ${message}`,
    ),
    ...bugs.map(String),
  ];
}

const show = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 120);

test('the calls reach every argument of the schema', () => {
  const reached = new Set(calls.map(({ coordinate }) => coordinate));
  const missing = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    // Arguments of subscriptions are read as those of `Query.changes` are; see test/changes.
    .filter((type) => type !== schema.getSubscriptionType())
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ args }) => args.length > 0)
        .map(({ name }) => `${type.name}.${name}`),
    )
    .filter((coordinate) => !coordinate.startsWith('__') && !reached.has(coordinate));

  expect(missing).toEqual([]);
});

test('no value at any place of any argument is a bug of ours', { timeout: 240_000 }, async () => {
  const found: string[] = [];
  for (const call of calls) {
    for (const place of call.places) {
      for (const value of hostileValues[place.scalar] ?? ['NOPE']) {
        const variables = { ...call.variables, [place.argument]: place.build(value) };
        for (const bug of await bugsOf(call.query, variables)) {
          found.push(`${call.coordinate} ${place.path} = ${show(value)}: ${bug}`);
        }
      }
    }
  }

  expect(found).toEqual([]);
});

test('no text is a bug of ours', { timeout: 120_000 }, async () => {
  const places = calls.flatMap((call) =>
    call.places
      .filter(({ scalar }) => scalar === 'String' || scalar === 'ID')
      .map((place) => ({ call, place })),
  );
  await assert(
    asyncProperty(
      constantFrom(...places),
      string({ unit: 'binary', maxLength: 30 }),
      async ({ call, place }, text) => {
        const variables = { ...call.variables, [place.argument]: place.build(text) };
        expect([`${call.coordinate} ${place.path}`, ...(await bugsOf(call.query, variables))]).toHaveLength(
          1,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('a cursor with any other value in it is refused at its place', { timeout: 120_000 }, async () => {
  const paged = calls.filter(({ places }) => places.some(({ path }) => path === 'after'));
  const found: string[] = [];
  let tampered = 0;
  for (const { query, variables, coordinate } of paged) {
    const { data } = await run(query, { ...variables, first: 1 });
    const cursor = findCursor(data);
    if (cursor === null) continue;
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const others = parts.flatMap((_, index) => cursorValues.map((value) => parts.with(index, value)));
    for (const values of [...others, [], [parts[0]], [...parts, 1], { 0: parts[0] }]) {
      const after = Buffer.from(JSON.stringify(values)).toString('base64url');
      for (const argument of ['after', 'before']) {
        tampered += 1;
        const wrong = await bugsOf(query, { ...variables, [argument]: after });
        found.push(...wrong.map((bug) => `${coordinate} ${argument} ${show(values)}: ${bug}`));
      }
    }
  }

  expect(found).toEqual([]);
  expect(tampered).toBeGreaterThan(1000);
});

function findCursor(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, part] of Object.entries(value)) {
    const cursor = key === 'endCursor' && typeof part === 'string' ? part : findCursor(part);
    if (cursor !== null) return cursor;
  }
  return null;
}

test('a cursor of another list, or of another order, is refused', async () => {
  const cursorOf = async (field: string) =>
    findCursor((await run(`{ ${field} { pageInfo { endCursor } } }`, {})).data);
  const byCreation = await cursorOf('customers(first: 1)');
  const ofSegments = await cursorOf('segments(first: 1)');
  const answer = await run(
    `query ($byCreation: String, $ofSegments: String) {
      customers(first: 1, sort: REVENUE_DESC, after: $byCreation) { nodes { id } }
      customerLists(first: 1, after: $ofSegments) { nodes { id } }
      products(first: 1, after: "garbage") { nodes { id } }
    }`,
    { byCreation, ofSegments },
  );

  const places = answer.errors?.map(
    ({ path, extensions }) => `${path?.join('.')} ${String(extensions['code'])}`,
  );
  expect(places?.toSorted()).toEqual([
    'customerLists BAD_USER_INPUT',
    'customers BAD_USER_INPUT',
    'products BAD_USER_INPUT',
  ]);
});

test('an id that was made up is nobody’s, one that is no id is told at its place, and both leave the ids beside them alone', async () => {
  for (const id of madeUpIds.filter((one) => !one.includes('\0'))) {
    const { data, errors } = await run(
      `query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }`,
      { id, ids: [nodeIds['Segment'], id, nodeIds['Customer']] },
    );

    const isGlobalId = Buffer.from(id, 'base64').toString('latin1').includes(':');
    const codes = errors?.map(({ path, extensions }) => [path, extensions['code']]);
    expect({ id, codes }).toEqual({
      id,
      codes: isGlobalId
        ? undefined
        : [
            [['node'], 'BAD_USER_INPUT'],
            [['nodes', 1], 'BAD_USER_INPUT'],
          ],
    });
    expect(data).toEqual({
      node: null,
      nodes: [{ id: nodeIds['Segment'] }, null, { id: nodeIds['Customer'] }],
    });
  }
});

test('an id that was made up is refused with a typed error by a mutation, and with a code at its place by a query', async () => {
  for (const id of ['x', '\ud83d', globalId('Segment', 'x'), nodeIds['Customer']!]) {
    const { data, errors } = await run(
      `mutation ($id: ID!) { updateCampaign(input: { id: $id, name: "X" }) { __typename }
        archiveSegment(input: { id: $id }) { __typename } }`,
      { id },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      updateCampaign: { __typename: 'InvalidInputError' },
      archiveSegment: { __typename: 'InvalidInputError' },
    });

    const answer = await run('query ($id: ID!) { viewer { name } campaign(id: $id) { key } }', { id });
    expect(answer.data).toEqual({ viewer: { name: 'test' }, campaign: null });
    expect(answer.errors).toMatchObject([{ path: ['campaign'], extensions: { code: 'BAD_USER_INPUT' } }]);
  }
});

test('half an emoji is named by item and field, wherever text or JSON comes in', async () => {
  const half = 'cut \ud83d';
  const { data } = await run(
    `mutation ($half: String!, $json: JSON!, $key: JSON!) {
      events: trackEvents(input: { events: [
        { source: "web", kind: "search", customer: { email: "a@b.test" }, properties: $json },
        { source: "web", kind: "search", customer: { email: "a@b.test" }, sessionId: $half },
        { source: "web", kind: "search", customer: { email: "a@b.test" }, properties: $key }
      ] }) { ...items }
      products: upsertProducts(input: { products: [{ sku: "A" }, { sku: $half }, { sku: "B", attributes: $json }] }) { ...items }
      orders: recordOrders(input: { orders: [
        { source: "web", number: $half, placedAt: "2026-05-01T00:00:00Z", lines: [{ sku: $half, quantity: 1, unitPrice: "1" }] }
      ] }) { ...items }
      campaign: createCampaign(input: { key: "half", name: "C", content: $json, audience: {} }) { ...input }
      name: createSegment(input: { key: "half", name: $half, rule: "EVERYONE" }) { ...input }
      customer: upsertCustomer(input: { email: "a@b.test", attributes: $json }) { ...input }
    }
    fragment items on InvalidItemsError { items { index field message } }
    fragment input on InvalidInputError { field message }`,
    { half, json: { q: half }, key: { [half]: 1 } },
  );

  const message = 'expected well-formed Unicode, got half a surrogate pair';
  expect(data).toEqual({
    events: {
      items: [
        { index: 0, field: 'properties', message },
        { index: 1, field: 'sessionId', message },
        { index: 2, field: 'properties', message },
      ],
    },
    products: {
      items: [
        { index: 1, field: 'sku', message },
        { index: 2, field: 'attributes', message },
      ],
    },
    orders: {
      items: [
        { index: 0, field: 'number', message },
        { index: 0, field: 'lines.0.sku', message },
      ],
    },
    campaign: { field: 'content', message },
    name: { field: 'name', message },
    customer: { field: 'attributes', message },
  });
});

test('an instant without a zone says so', async () => {
  const { errors } = await run(
    `mutation { upsertCustomer(input: { email: "a@b.test", lastSeenAt: "2026-05-01T10:00:00" }) { __typename } }`,
    {},
  );

  expect(errors?.[0]?.message).toContain('which does not say in which time zone it is');
});
