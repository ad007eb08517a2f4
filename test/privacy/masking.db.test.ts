// Spread, so that what belongs together stands in a row.
/* oxlint-disable unicorn/no-useless-spread */
import { type Scope, scopes } from '#platform/auth/viewer.ts';
import { getNamedType, type GraphQLObjectType, isCompositeType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { accessTable } from '../../src/main/access-table.ts';
import {
  callOf,
  documentOf,
  mutation,
  objects,
  query as queryType,
  shortestPaths,
  type Step,
} from '../support/schema-paths.ts';
import { post, type Reply, startTestServer, type TestServer } from '../support/server.ts';
import type { Checked, Data, Variables } from '../support/typed-text.ts';

const NAME = 'Zaphira Quillfeather';
const EMAIL = 'zaphira.q77@quill.example';
const PHONE = '+447911123456';
const ADDRESS = '77 Quillfeather Lane\nLeeds';
/** In any text, what would tell who it is. */
const MARKERS = /zaphira|quill|911\s?123\s?456/i;

let server: TestServer;
/** Holds every scope but `pii:read`, and `admin`, which would hold that too. */
let masked: string;
let customerId: string;
let orderId: string;
let eventId: string;
let campaignId: string;
beforeAll(async () => {
  server = await startTestServer({
    env: { MAX_COMPLEXITY: '10000000', MAX_TOKENS: '100000', MAX_DEPTH: '30' },
  });
  const most = scopes.filter((scope) => scope !== 'pii:read' && scope !== 'admin') satisfies Scope[];
  masked = await server.createKey(most);
  await fill();
});
afterAll(() => server.close());

const ask = <const Text extends string>(
  key: string,
  query: Checked<Text>,
  variables = {} as Variables<Text>,
): Promise<Reply<Data<Text>>> => post<Text>({ ...server, key }, { query, variables });

/** Any of the mutations below. */
interface Result {
  readonly customerId: string;
  readonly results: readonly {
    readonly order: { readonly id: string };
    readonly event: { readonly id: string };
  }[];
  readonly campaign: { readonly id: string };
}

async function change(name: string, input: object, selection: string) {
  const field = mutation.getFields()[name]!;
  const query = `mutation ($input: ${String(field.args[0]!.type)}) {
    result: ${name}(input: $input) { __typename ... on ${name[0]!.toUpperCase()}${name.slice(1)}Payload { ${selection} } } }`;
  const { body } = await ask<string>(server.key, query, { input });
  expect(body).toMatchObject({ data: { result: expect.anything() } });
  return (body.data as { result: Result }).result;
}

/** One person whose contact data stands wherever a source could write it. */
async function fill(): Promise<void> {
  const texts = { note: `call ${NAME} at ${PHONE}`, url: `?q=${encodeURIComponent(EMAIL)}` };
  ({ customerId } = await change(
    'upsertCustomer',
    {
      ...{ name: NAME, email: EMAIL, phone: PHONE, address: ADDRESS, country: 'GB' },
      identities: [
        { kind: 'EXTERNAL', source: 'crm', value: EMAIL },
        { kind: 'EXTERNAL', source: 'erp', value: PHONE },
        { kind: 'EXTERNAL', source: 'pos', value: PHONE.slice(1) },
        { kind: 'EXTERNAL', source: 'till', value: `0${PHONE.slice(3)}` },
        { kind: 'EXTERNAL', source: 'wifi', value: NAME },
        { kind: 'EXTERNAL', source: `of ${EMAIL}`, value: '4711' },
        { kind: 'ANONYMOUS', value: EMAIL.split('@')[0] },
      ],
      attributes: {
        ...texts,
        [EMAIL]: 1,
        mobile: Number(PHONE.slice(1)),
        nested: { list: [EMAIL, { deep: NAME.toUpperCase() }] },
        tags: [EMAIL, 'gold'],
        street: ADDRESS,
        secondEmail: EMAIL,
        contact_phone: PHONE,
        phone_model: 'Fairphone',
      },
      consents: [
        {
          channel: 'email',
          purpose: 'marketing',
          status: 'GRANTED',
          source: `form of ${EMAIL}`,
          proof: texts,
        },
      ],
    },
    'customerId',
  ));
  await change(
    'upsertProducts',
    { products: [{ sku: 'A', name: 'Red mug', price: '2' }] },
    'results { outcome }',
  );
  const customer = { id: customerId };
  const orders = await change(
    'recordOrders',
    {
      orders: [
        {
          ...{ customer, source: 'shop', number: `order of ${EMAIL}`, channel: `phone ${PHONE}` },
          ...{ placedAt: '2026-01-02T10:00:00Z', country: 'GB' },
          lines: [{ sku: 'A', quantity: 1, unitPrice: '2' }],
        },
      ],
    },
    'results { order { id } }',
  );
  orderId = orders.results[0]!.order.id;
  const events = await change(
    'trackEvents',
    {
      events: [
        {
          ...{
            customer,
            kind: 'search',
            source: 'web',
            sessionId: EMAIL,
            occurredAt: '2026-01-02T10:00:00Z',
          },
          properties: { ...texts, [PHONE]: { to: EMAIL }, query: NAME },
        },
      ],
    },
    'results { event { id } }',
  );
  eventId = events.results[0]!.event.id;
  const other = await change('upsertCustomer', { email: 'friend@example.com' }, 'customerId');
  await change(
    'connectCustomers',
    {
      connections: [
        { from: customer, to: { id: other.customerId }, kind: 'REFERRAL', source: `told by ${EMAIL}` },
      ],
    },
    'created',
  );
  await change(
    'createSegment',
    { key: 'all', name: 'All', rule: "customer_tags CONTAINS 'gold'" },
    'segment { size }',
  );
  await change('createCustomerList', { key: 'list', name: 'List', people: [customer] }, 'added');
  const campaign = await change(
    'createCampaign',
    { key: 'camp', name: 'Camp', content: {}, audience: { purpose: 'marketing' } },
    'campaign { id }',
  );
  campaignId = campaign.campaign.id;
}

/** Every type of the schema, as far as these arguments lead to the person: all of its leaves in one document. */
function documents(): Map<string, string> {
  const fitting = {
    'Query.customer': `by: { id: "${customerId}" }`,
    'Query.customers': `sort: CREATED_AT_ASC`,
    'Query.segment': `by: { key: "all" }`,
    'Query.customerList': `by: { key: "list" }`,
    'Query.campaign': `id: "${campaignId}"`,
    'Query.product': `by: { sku: "A" }`,
    'Query.segmentPreview': `rule: "number_of_orders >= 0"`,
    'Query.segmentDifference': `a: { key: "all" }`,
    'Segment.distribution': `attribute: "customer_tags"`,
    'Customer.eligibility': `campaign: "${campaignId}"`,
    'SegmentLanguage.completions': `text: "customer_tags CONTAINS 'zap"`,
  };
  const isRootNode = ({ owner, field }: Step) => owner === queryType && field.name.startsWith('node');
  const paths = shortestPaths(queryType, (step) => !isRootNode(step));
  const leavesOf = (type: GraphQLObjectType) =>
    Object.values(type.getFields())
      .filter((field) => !isCompositeType(getNamedType(field.type)))
      .map((field) => callOf({ owner: type, field }, fitting));
  const asked = new Map<string, string>();
  for (const type of objects) {
    const path = paths.get(type.name);
    const leaves = leavesOf(type);
    if (path === undefined || leaves.length === 0) continue;
    // Open to `admin` alone, which holds `pii:read` as well.
    if (accessTable.queries.admin?.includes(path[0]!.field.name)) continue;
    asked.set(type.name, documentOf(path, type.name, leaves.join(' '), fitting));
  }
  const node = { owner: queryType, field: queryType.getFields()['node']! };
  for (const [name, id] of [
    ['Customer', customerId],
    ['Order', orderId],
    ['Event', eventId],
  ] as const) {
    const type = objects.find((one) => one.name === name)!;
    asked.set(
      `${name} by node`,
      documentOf([node], name, leavesOf(type).join(' '), { 'Query.node': `id: "${id}"` }),
    );
  }
  return asked;
}

function normalised(text: string): string {
  return text.normalize('NFKC').replaceAll(/%40/gi, '@');
}

test('shows a caller without pii:read no contact data in any field of the schema', async () => {
  const leaks: string[] = [];
  const full: string[] = [];
  for (const [type, document] of documents()) {
    const reply = await ask(masked, document);
    expect({ type, status: reply.status, text: reply.text }).toMatchObject({ type, status: 200 });
    if (MARKERS.test(normalised(reply.text))) leaks.push(`${type}: ${reply.text}`);
    if (MARKERS.test(normalised((await ask(server.key, document)).text))) full.push(type);
  }

  expect(leaks).toEqual([]);
  // The same documents do tell who holds the scope: had they not reached the person, the list above would be empty too.
  expect(full).toEqual(
    expect.arrayContaining([
      ...Object.keys(accessTable.masked),
      ...['Customer by node', 'Order', 'Order by node', 'Event', 'Event by node'],
      ...['ConnectedCustomerEdge', 'DistributionBucket', 'RuleCompletion'],
    ]),
  );
});

test('masks a person in the payload of a change alike', async () => {
  const query = `mutation { upsertCustomer(input: { email: "${EMAIL}" }) { ... on UpsertCustomerPayload {
    outcome customer { displayName email phone address attributes identities { source value } } } } }`;

  const { body, text } = await ask(masked, query);

  expect(text).not.toMatch(MARKERS);
  expect(body.data!.upsertCustomer).toMatchObject({
    outcome: 'UNCHANGED',
    customer: { displayName: 'Z. Q.', email: 'z…@q…', phone: '+44 … 56', address: '…' },
  });
});

async function search(key: string, text: string): Promise<number> {
  const query = 'query ($text: String!) { customers(search: $text) { totalCount nodes { id } } }';
  const { body } = await ask(key, query, { text });
  expect(body.data!.customers!.nodes).toHaveLength(body.data!.customers!.totalCount);
  return body.data!.customers!.totalCount;
}

test.each([
  ['the whole name', NAME],
  ['the whole name in other case', 'zaphira QUILLFEATHER'],
  ['the whole e-mail', EMAIL.toUpperCase()],
  ['the whole phone number', '+44 7911 123 456'],
])('finds a person by %s without pii:read', async (_, text) => {
  expect(await search(masked, text)).toBe(1);
});

function* partsOf(text: string): Generator<string> {
  for (let length = 1; length < text.length; length += 1) {
    yield text.slice(0, length);
    yield text.slice(-length);
  }
}

test('finds nobody by any beginning or end of them without pii:read', async () => {
  const parts = [NAME, EMAIL, PHONE, PHONE.slice(1), ADDRESS, `@${EMAIL.split('@')[1]}`].flatMap((text) => [
    ...partsOf(text),
  ]);
  const whole = [
    PHONE.slice(1),
    'quillfeather zaphira',
    'zaphira',
    `${NAME} ${EMAIL}`,
    'Quillfeather',
    '3456',
  ];
  const found: string[] = [];
  for (const text of [...parts, ...whole]) {
    // Blanks alone ask for nothing.
    if (text.trim() !== '' && (await search(masked, text)) > 0) found.push(text);
  }

  // White space and signs at the ends are no part of a value.
  expect(found.filter((text) => ![NAME, EMAIL, PHONE].includes(text.trim()))).toEqual([]);
  expect(await search(server.key, 'zap')).toBe(1);
  expect(await search(server.key, '3456')).toBe(1);
});

test('says of a lookup by half a value no more than that it is none', async () => {
  for (const by of [
    `email: "${EMAIL.slice(0, -1)}"`,
    `phone: "${PHONE.slice(0, -1)}"`,
    'anonymousId: "zaphira"',
    'externalId: { source: "crm", id: "zaphira.q77" }',
  ]) {
    const { body, text } = await ask(masked, `{ customer(by: { ${by} }) { id } }`);
    expect(body.data?.customer ?? null).toBeNull();
    expect(text).not.toContain('Quillfeather');
  }
});

test.each(['secondEmail', 'contact_phone', 'mobile'])(
  'offers no rule over the attribute %s, by which it could be spelled out',
  async (name) => {
    const query = `query ($rule: String!) { segmentPreview(rule: $rule) {
      ... on SegmentPreview { size } ... on SegmentRuleError { message } } }`;
    const preview = async (rule: string) => (await ask(masked, query, { rule })).body.data!.segmentPreview;

    for (const rule of [`${name} = '${EMAIL}'`, `attribute.${name} IS NOT NULL`, `${name} > 44`]) {
      expect(await preview(rule)).toEqual({ message: expect.stringContaining('no attribute') });
    }
    expect(await preview("phone_model = 'Fairphone'")).toEqual({ size: 1 });
  },
);
