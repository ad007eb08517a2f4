import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { readProductsById } from '#catalog/queries.ts';
import { fillDemoUnlessFilled } from '#commands/demo.ts';
import { changeFeed } from '#changes/feed.ts';
import { changeListeners } from '#customers/changes.ts';
import { checkContactKeys } from '#customers/contact-data/contact-keys.ts';
import { rotateContactKeys } from '#customers/contact-data/rotate-keys.ts';
import { personTables } from '#customers/identity/merge.ts';
import { repairCustomers } from '#customers/repair.ts';
import { checkCurrency } from '#events/currency.ts';
import { importFile } from '#events/import/import-file.ts';
import { repairEvents } from '#events/repair.ts';
import { readJob } from '#graphql/job-rows.ts';
import { sealedValues } from '#platform/crypto/sealed-rows.ts';
import { readApiKey } from '#platform/auth/api-keys.ts';
import { readNewestModels } from '#predictions/queries.ts';
import { trainPredictions } from '#predictions/service.ts';
import { publishVersionOf } from '#recommendations/models/store.ts';
import { readAllClusterSets } from '#segments/clusters/queries.ts';
import { exportMembers } from '#segments/export/members.ts';
import {
  forgetExports,
  readExport,
  readExportText,
  requestExport,
  writeExports,
} from '#segments/export/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { inboxOf } from '#tracking/inbox.ts';
import { countWaiting } from '#tracking/inbox-rows.ts';
import { receiveMessages } from '#tracking/receive.ts';
import { explainSegment } from '#segments/vocabulary/explain-segment.ts';
import { deliverWebhooks } from '#webhooks/deliver.ts';
import { ALGORITHM_NAMES } from '#recommendations/recommenders/recommender.ts';
import { trainModels } from '#recommendations/service.ts';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { jobs } from '../../src/main/jobs.ts';
import { featurePersonTables } from '../../src/main/person-tables.ts';
import { featureSealedValues } from '../../src/main/sealed-values.ts';
import { schema } from '../../src/main/schema.ts';
import { callsOfSchema } from '../gateway/walks/calls.ts';
import { walkSchema } from '../gateway/walks/every-field.ts';
import { addOneOfEach } from '../gateway/walks/one-of-each.ts';
import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { readStatementRows, statementName, type StatementRow, type ValueKind } from './statement-rows.ts';
import { execute, executeOnce, query } from '../support/query.ts';

// What a statement answers is described by a server; the embedded database runs the same texts.
const isOnServer = process.env['TEST_ENGINE'] === 'postgres';

const rows: readonly StatementRow[] = isOnServer
  ? readStatementRows(resolve(import.meta.dirname, '../..'))
  : [];
let app: TestApp;
let server: postgres.Sql;
/** Texts that were sent, by the name of their statement: a page has several. */
const sent = new Map<string, Set<string>>();
beforeAll(async () => {
  if (!isOnServer) return;
  app = await openTestApp();
  server = postgres(app.config.databaseUrl!, { max: 1, onnotice: () => {} });
  await runEverything();
  for (const text of app.statements) {
    const name = statementName(text);
    if (name !== null) sent.set(name, (sent.get(name) ?? new Set()).add(text));
  }
}, 900_000);
afterAll(async () => {
  await server?.end();
  await app?.close();
});

/** Sends every statement at least once: those that no request reaches by jobs, imports and commands. */
async function runEverything(): Promise<void> {
  changeListeners(app).push((customerIds) => refreshDerivedData(app, customerIds));
  personTables(app).push(...featurePersonTables);
  sealedValues(app).push(...featureSealedValues);
  await fillDemoUnlessFilled(app);
  await trainModels(app, { algorithms: ALGORITHM_NAMES });
  await trainPredictions(app);
  const nodeIds = await addOneOfEach(app);
  await query(app, `{ nodes(ids: ${JSON.stringify(Object.values(nodeIds))}) { __typename } }`);
  await changeCustomers(nodeIds);
  await askEveryMethod();
  await importFiles();
  await track();
  await followChanges();
  await writeExport();
  await runCommands(nodeIds);
  for (const call of callsOfSchema(schema, nodeIds)) await execute(app, call.query, call.variables);
  for (const { write } of walkSchema(schema)) await executeOnce(app, write(2, 1));
  await sendWebhooks(nodeIds);
  const toRun = jobs.filter(({ name }) => name !== 'webhooks.deliver');
  for (const job of toRun) await job.run(app, {}, new AbortController().signal, async () => {});
}

async function changeCustomers({ CustomerList }: Readonly<Record<string, string>>): Promise<void> {
  await query(
    app,
    `mutation { duplicateCustomerList(input: { id: "${CustomerList}", key: "copy" }) { __typename } }`,
  );
  for (const name of ['one', 'two']) {
    await query(
      app,
      `mutation { upsertCustomer(input: { email: "${name}@example.com",
      identities: [{ kind: EXTERNAL, source: "crm", value: "${name}" }] }) { __typename } }`,
    );
  }
  await query(
    app,
    `mutation { connectCustomers(input: { connections: [{ from: { email: "one@example.com" },
    to: { email: "two@example.com" }, kind: REFERRAL, source: "crm" }] }) { __typename } }`,
  );
  for (const price of ['1.00', '2.00']) {
    await query(
      app,
      `mutation { recordOrders(input: { mode: REPLACE, orders: [{ customer: { email: "one@example.com" },
      source: "web", number: "R1", placedAt: "2026-05-01T00:00:00Z",
      lines: [{ sku: "MUG", quantity: 1, unitPrice: "${price}" }] }] }) { __typename } }`,
    );
  }
  await query(
    app,
    `mutation { cancelOrder(input: { order: { number: { customer: { email: "one@example.com" },
    source: "web", number: "R1" } } }) { __typename } }`,
  );
  // An address that another has already.
  await query(
    app,
    `mutation { upsertCustomer(input: { email: "one@example.com",
    identities: [{ kind: EXTERNAL, source: "crm", value: "two" }] }) { __typename } }`,
  );
  const [conflict] = (await query(app, '{ identityConflicts(first: 1) { nodes { id } } }')).identityConflicts!
    .nodes;
  await query(app, `{ node(id: "${conflict!.id}") { id } }`);
  await query(
    app,
    `mutation { resolveIdentityConflict(input: { conflict: "${conflict!.id}", action: MERGE }) { __typename } }`,
  );
  await query(
    app,
    `mutation { removeIdentities(input: { customer: { email: "one@example.com" },
    identities: [{ kind: EXTERNAL, source: "crm", value: "one" }] }) { __typename } }`,
  );
}

async function askEveryMethod(): Promise<void> {
  for (const name of ALGORITHM_NAMES) {
    const algorithm = name.toUpperCase().replaceAll('-', '_');
    await execute(
      app,
      `{ customers(first: 3) { nodes { recommendations(first: 2, algorithm: ${algorithm}) { score } } } }`,
    );
  }
  await query(app, '{ customers(first: 3) { nodes { predictions { churnRisk } } } }');
}

const FILES = {
  products: 'sku,name,price\nMUG,Mug,8.00\nPAN,Pan,25.00\n',
  orders:
    'order_number,sku,quantity,unit_price,placed_at,customer_id\nF1,MUG,1,8.00,2026-05-01T00:00:00Z,file-1\n',
  'online-retail':
    'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n',
  events: 'customer_id,kind,occurred_at,sku\nfile-1,view,2026-05-01T00:00:00Z,MUG\n',
} as const;

async function importFiles(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'c360-statements-'));
  for (const format of ['products', 'orders', 'orders', 'online-retail', 'events'] as const) {
    const file = join(folder, `${format}.csv`);
    await writeFile(file, FILES[format]);
    await importFile(app, { file, format, rejectsFile: join(folder, 'rejects.csv') });
  }
  await rm(folder, { recursive: true });
}

async function track(): Promise<void> {
  await query(
    app,
    `mutation ($schema: JSON!) { setTrackingPlan(input: { event: "Product Viewed", mode: WARN, schema: $schema }) {
       __typename } }`,
    { schema: { required: ['none'] } },
  );
  const product = { product_id: 'MUG', price: 8, quantity: 1 };
  const order = { order_id: 'T1', total: 8, products: [product] };
  const messages = [
    { type: 'track', event: 'Product Viewed', properties: product },
    { type: 'track', event: 'Order Completed', properties: order },
    { type: 'track', event: 'Order Refunded', properties: { order_id: 'T1' } },
    { type: 'track' },
  ].map((message, index) => ({ userId: 'tracked', messageId: `m${index}`, ...message }));
  const now = app.clock();
  for (const value of messages) {
    const envelope = { receivedAt: now, sentAt: undefined, context: undefined };
    await receiveMessages(app, { source: 'site', mayMerge: false }, [value], undefined, envelope);
    await inboxOf(app).idle();
  }
  await countWaiting(app.db);
  await query(app, '{ trackingPlans { version violations { count } } }');
  const { trackingRejects } = await query(app, '{ trackingRejects(first: 1) { totalCount nodes { id } } }');
  const { id } = trackingRejects!.nodes[0]!;
  await query(app, 'mutation ($ids: [ID!]!) { replayTrackingRejects(input: { ids: $ids }) { __typename } }', {
    ids: [id],
  });
}

async function followChanges(): Promise<void> {
  const feed = changeFeed(app);
  const start = await feed.now();
  for (let time = 0; time < 2; time += 1) {
    await query(
      app,
      `mutation { upsertCustomers(input: { idempotencyKey: "k", customers: [{ email: "k@example.com" }] }) { __typename } }`,
    );
  }
  while ((feed.after(start) ?? []).length === 0) await feed.grows(AbortSignal.timeout(10_000));
  const { changes } = await query(
    app,
    `{ changes(first: 1) { totalCount nodes { kind } pageInfo { endCursor } }
       orders(first: 1) { totalCount nodes { id } } events(first: 1) { totalCount nodes { id } }
       customer(by: { email: "k@example.com" }) {
         orders(first: 1) { totalCount } events(first: 1) { totalCount } } }`,
  );
  await query(app, `{ changes(first: 1, after: "${changes!.pageInfo.endCursor}") { nodes { kind } } }`);
  await query(
    app,
    `{ changes(first: 1, customer: "00000000-0000-4000-8000-000000000000") { nodes { kind } } }`,
  );
}

/** Of a webhook for the members of a segment; its address answers nobody. */
async function sendWebhooks({ Segment }: Readonly<Record<string, string>>): Promise<void> {
  await query(
    app,
    `mutation ($segment: ID!) { createWebhook(input: { key: "of-segment", name: "W", url: "https://127.0.0.2.invalid/",
       segment: { id: $segment } }) { __typename } }`,
    { segment: Segment! },
  );
  await query(
    app,
    'mutation { upsertCustomer(input: { identities: [{ kind: EXTERNAL, source: "crm", value: "hook" }] }) { __typename } }',
  );
  await deliverWebhooks(app, new AbortController().signal, 1_000);
  await query(app, '{ webhooks { nodes { deliveries(first: 1) { totalCount nodes { id } } } } }');
}

async function writeExport(): Promise<void> {
  const { signal } = new AbortController();
  const link = await requestExport(app, viewerWith(), { rule: null, fields: null, format: 'csv' });
  await writeExports(app, signal, async () => {});
  const written = await readExport(app, link.id);
  for await (const _ of readExportText(app, written!));
  await forgetExports(app);
}

async function runCommands({ Segment }: Readonly<Record<string, string>>): Promise<void> {
  await checkContactKeys(app.db, app.keyring);
  await checkContactKeys(app.db, app.keyring);
  await checkCurrency(app.db, app.config.currency);
  await checkCurrency(app.db, app.config.currency);
  await rotateContactKeys(app);
  await repairEvents(app, { apply: false });
  await repairCustomers(app, { apply: true });
  await readApiKey(app.db, 'c360_unknown');
  await readJob(app.db, '00000000-0000-4000-8000-000000000000');
  await publishVersionOf(app.db, 'popularity', 1, app.clock()).catch(() => {});
  await readProductsById(app.db, []);
  await readAllClusterSets(app.db);
  await readNewestModels(app.db);
  await explainSegment(app, 'champions', false);
  const segmentId = Buffer.from(Segment!, 'base64').toString().split(':')[1]!;
  for await (const _ of exportMembers(app, segmentId, viewerWith()));
}

/** How values of a type of the server arrive; JSON arrives as whatever it holds. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  bool: 'boolean',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  float4: 'number',
  float8: 'number',
  numeric: 'text',
  text: 'text',
  varchar: 'text',
  uuid: 'text',
  timestamptz: 'instant',
  bytea: 'bytes',
  json: 'json',
  jsonb: 'json',
  xid8: 'text',
};

/** Kinds of columns by name, as the server describes the text. */
async function describeText(text: string, typeNames: ReadonlyMap<number, string>) {
  const { columns } = await server.unsafe(text).describe();
  return new Map(columns.map(({ name, type }) => [name, kindOf(typeNames.get(type)!)]));
}

function kindOf(typeName: string): ValueKind {
  const kind = typeName.startsWith('_') ? 'list' : KINDS[typeName];
  if (kind === undefined) throw new Error(`Say what a value of the type ${typeName} arrives as`);
  return kind;
}

/** What the compiler takes the columns for, where the server knows better. */
function differences({ columns }: StatementRow, texts: readonly ReadonlyMap<string, ValueKind>[]): string[] {
  const answered = new Map(texts.flatMap((described) => [...described]));
  return [
    ...[...columns]
      .filter(([name, { isOptional }]) => !isOptional && !answered.has(name))
      .map(([name]) => `${name} is not answered`),
    ...[...answered].flatMap(([name, kind]) => {
      const taken = columns.get(name);
      if (taken === undefined) return [`${name} is read by nobody`];
      if (taken.kinds.has('unknown') || kind === 'json' || taken.kinds.has(kind)) return [];
      return [`${name} is ${kind}, taken for ${[...taken.kinds].join(' | ')}`];
    }),
  ];
}

test.runIf(isOnServer)('every row is what the server answers', async () => {
  const types = await server<{ oid: number; typname: string }[]>`select oid::int, typname from pg_type`;
  const typeNames = new Map(types.map(({ oid, typname }) => [oid, typname]));
  const wrong: Record<string, string[]> = {};
  for (const row of rows) {
    if (row.name === null || !sent.has(row.name)) continue;
    const texts = [];
    for (const text of sent.get(row.name)!) texts.push(await describeText(text, typeNames));
    const found = differences(row, texts);
    if (found.length > 0) wrong[`${row.name} (${row.location})`] = found;
  }

  expect(wrong).toEqual({});
});

test.runIf(isOnServer)('every statement whose rows are read was described', () => {
  const unknown = rows.filter(({ name }) => name === null || !sent.has(name));

  expect(rows.length).toBeGreaterThan(130);
  expect(unknown.map(({ name, location }) => `${name} (${location})`)).toEqual([]);
});
