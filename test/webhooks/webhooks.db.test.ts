import { recordChanges } from '#changes/record.ts';
import { upsertCustomers } from '#customers/service.ts';
import { createId } from '#platform/ids.ts';
import { createSegment } from '#segments/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { deliverWebhooks, MAX_ATTEMPTS } from '#webhooks/deliver.ts';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { execute, query } from '../support/query.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';

let app: TestApp;
let receiver: Receiver;

beforeAll(async () => {
  app = await openTestApp({ WEBHOOK_PRIVATE_HOSTS: 'localhost' });
  receiver = await startReceiver();
});
beforeEach(async () => {
  app.setNow(null);
  receiver.reset();
  await app.db.query('update webhooks set archived_at = now() where archived_at is null');
});
afterAll(async () => {
  receiver.close();
  await app.close();
});

async function create(input: object = {}): Promise<{ id: string; secret: string }> {
  const { createWebhook } = await query(
    app,
    `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) {
      __typename ... on CreateWebhookPayload { secret webhook { id } } ... on Error { message } } }`,
    { input: { key: `hook-${createId()}`, name: 'Hook', url: receiver.url, ...input } },
  );
  expect(createWebhook).toMatchObject({ __typename: 'CreateWebhookPayload' });
  const made = createWebhook as unknown as { secret: string; webhook: { id: string } };
  return { id: made.webhook.id, secret: made.secret };
}

async function addCustomer(fields: object = {}): Promise<string> {
  const value = `C-${createId()}`;
  const [made] = await upsertCustomers(app, [
    { identities: [{ kind: 'external', source: 'crm', value }], ...fields },
  ]);
  return made!.customerId;
}

/** Runs deliveries until the expectation holds. */
async function deliverUntil(expectation: () => unknown): Promise<void> {
  const stopping = new AbortController();
  const running = deliverWebhooks(app, stopping.signal, 60_000);
  try {
    await vi.waitFor(expectation, { timeout: 20_000 });
  } finally {
    stopping.abort();
    await running;
  }
}

async function deliveriesOf(id: string) {
  const { webhook } = await query(
    app,
    `query ($id: ID!) { webhook(by: { id: $id }) { disabledAt deliveries(first: 100) { totalCount nodes {
      id type status attemptCount lastStatus lastError nextAttemptAt } } } }`,
    { id },
  );
  return webhook!;
}

const customersOf = (messages: readonly Received[]) =>
  messages.map(({ body }) => atob((body as { data: { customerId: string } }).data.customerId));

describe('deliveries', () => {
  test('are signed by the Standard Webhooks specification, and carry ids and names of facts alone', async () => {
    const { secret } = await create();
    const id = await addCustomer({ email: 'ada@example.com', country: 'GB' });

    await deliverUntil(() => expect(receiver.received).toHaveLength(1));

    const [{ headers, text, body }] = receiver.received as [Received];
    expect(new Verifier(secret).verify(text, headers)).toEqual(body);
    expect(body).toMatchObject({ type: 'customer.created', data: { customerId: btoa(`Customer:${id}`) } });
    expect(text).not.toContain('ada');
    expect(() => new Verifier(secret).verify(`${text} `, headers)).toThrow('No matching signature');
  });

  test('carry contact data where the webhook is allowed it', async () => {
    await create({ includesContacts: true });
    await addCustomer({ email: 'ada@example.com', name: 'Ada' });

    await deliverUntil(() => expect(receiver.received).toHaveLength(1));

    expect(receiver.received[0]!.body.data.contacts).toEqual({ email: 'ada@example.com', name: 'Ada' });
  });

  test('are of the kinds that are asked for', async () => {
    await create({ kinds: ['CUSTOMER_CHANGED'] });
    const id = await addCustomer();
    await recordChanges(app.db, [{ kind: 'customer_changed', customerId: id }], new Date());

    await deliverUntil(() => expect(receiver.received).toHaveLength(1));

    expect(receiver.received[0]!.body.type).toBe('customer.changed');
  });

  test('are of the members of a segment', async () => {
    const key = `gold-${createId()}`;
    await addCustomer({ attributes: { tier: 'tin' } });
    await createSegment(app, { key, name: key, rule: "attribute.tier = 'gold'" });
    await create({ segment: { key } });
    const [member, other] = [await addCustomer({ attributes: { tier: 'gold' } }), await addCustomer()];
    await refreshDerivedData(app, [member, other]);

    await deliverUntil(() =>
      expect(receiver.received.map(({ body }) => body.type)).toContain('segment.entered'),
    );

    expect(new Set(customersOf(receiver.received))).toEqual(new Set([`Customer:${member}`]));
  });

  test('of one customer keep their order while an earlier one fails, and others go past', async () => {
    const [slow, quick] = [createId(), createId()];
    let isDown = true;
    receiver.answer = (response, _, { body }) =>
      response.writeHead(isDown && body.data.customerId === btoa(`Customer:${slow}`) ? 500 : 204).end();
    const { id } = await create();
    const change = (customerId: string, fact: string) =>
      ({ kind: 'customer_changed', customerId, details: { facts: [fact] } }) as const;
    await recordChanges(
      app.db,
      [change(slow, 'one'), change(slow, 'two'), change(quick, 'one'), change(slow, 'three')],
      new Date(),
    );
    await deliverUntil(() => expect(receiver.received).toHaveLength(2));
    expect(customersOf(receiver.received).toSorted()).toEqual(
      [`Customer:${slow}`, `Customer:${quick}`].toSorted(),
    );
    const failed = receiver.received.find(({ body }) => body.data.customerId === btoa(`Customer:${slow}`))!;
    isDown = false;
    receiver.received.length = 0;
    app.setNow(new Date(Date.now() + 60_000));

    await deliverUntil(() => expect(receiver.received).toHaveLength(3));

    expect(receiver.received.map(({ body }) => body.data.facts)).toEqual([['one'], ['two'], ['three']]);
    // A repetition is known by its id.
    expect(receiver.received[0]!.headers['webhook-id']).toBe(failed.headers['webhook-id']);
    expect((await deliveriesOf(id)).deliveries!.nodes.map((one) => one.status)).toEqual(
      Array.from({ length: 4 }, () => 'DELIVERED'),
    );
  });

  test('are at most ten at a time, however long the receiver takes', async () => {
    const held: (() => void)[] = [];
    receiver.answer = (response) => void held.push(() => response.writeHead(204).end());
    await create();
    for (let count = 0; count < 15; count += 1) await addCustomer();
    const stopping = new AbortController();
    const running = deliverWebhooks(app, stopping.signal, 60_000);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(10), { timeout: 20_000 });
    // The next two looks at what is due.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const underWay = receiver.received.length;

    for (const release of held.splice(0)) release();

    await vi.waitFor(() => expect(receiver.received).toHaveLength(15), { timeout: 20_000 });
    for (const release of held.splice(0)) release();
    stopping.abort();
    await running;
    expect(underWay).toBe(10);
  });

  test('wait as long as the receiver says', async () => {
    receiver.answer = (response) => response.writeHead(503, { 'retry-after': '7200' }).end();
    const { id } = await create();
    await addCustomer();
    const before = Date.now();

    await deliverUntil(async () =>
      expect((await deliveriesOf(id)).deliveries!.nodes[0]!.lastStatus).toBe(503),
    );

    const [{ nextAttemptAt }] = (await deliveriesOf(id)).deliveries!.nodes as unknown as [
      { nextAttemptAt: string },
    ];
    expect(new Date(nextAttemptAt).getTime()).toBeGreaterThanOrEqual(before + 7_200_000);
  });

  test('are dead after days of failures, and can be replayed', async () => {
    receiver.answer = (response) => response.writeHead(500).end();
    const { id } = await create();
    await addCustomer();
    let now = Date.now();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      app.setNow(new Date(now));
      await deliverUntil(async () =>
        expect((await deliveriesOf(id)).deliveries!.nodes[0]?.attemptCount).toBe(attempt),
      );
      now += 30 * 3_600_000;
    }
    expect((await deliveriesOf(id)).deliveries!.nodes).toMatchObject([{ status: 'DEAD', lastStatus: 500 }]);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    receiver.answer = (response) => response.writeHead(200).end();

    const { replayWebhookDeliveries } = await query(
      app,
      `mutation ($webhook: ID!) { replayWebhookDeliveries(input: { webhook: $webhook }) {
        ... on ReplayWebhookDeliveriesPayload { replayed } } }`,
      { webhook: id },
    );

    expect(replayWebhookDeliveries).toEqual({ replayed: 1 });
    await deliverUntil(async () =>
      expect((await deliveriesOf(id)).deliveries!.nodes).toMatchObject([{ status: 'DELIVERED' }]),
    );
  });

  test('end at 410, and wait while the webhook is paused', async () => {
    receiver.answer = (response) => response.writeHead(410).end();
    const { id } = await create();
    await addCustomer();
    await deliverUntil(async () => expect((await deliveriesOf(id)).disabledAt).not.toBeNull());
    receiver.answer = (response) => response.writeHead(204).end();
    app.setNow(new Date(Date.now() + 60_000));
    receiver.received.length = 0;
    const run = (field: string) =>
      query(app, `mutation { ${field}(input: { id: "${id}" }) { __typename } }` as never);

    await run('resumeWebhook');
    await run('pauseWebhook');
    const stopping = AbortSignal.timeout(500);
    await deliverWebhooks(app, stopping, 500);
    expect(receiver.received).toEqual([]);

    await run('resumeWebhook');
    await deliverUntil(() => expect(receiver.received).toHaveLength(1));
  });

  test('are signed by the old and the new secret for a day after a rotation', async () => {
    const { id, secret } = await create();
    const { rotateWebhookSecret } = await query(
      app,
      'mutation ($id: ID!) { rotateWebhookSecret(input: { id: $id }) { ... on RotateWebhookSecretPayload { secret } } }',
      { id },
    );
    const rotated = (rotateWebhookSecret as { secret: string }).secret;
    await addCustomer();
    await deliverUntil(() => expect(receiver.received).toHaveLength(1));
    const [first] = receiver.received as [Received];
    for (const one of [secret, rotated])
      expect(new Verifier(one).verify(first.text, first.headers)).toBeDefined();

    const stored = await app.db.query<{ secrets: unknown }>('select secrets from webhooks where id = $1', [
      Buffer.from(id, 'base64').toString().split(':')[1],
    ]);
    expect(JSON.stringify(stored)).not.toContain(rotated.slice(6));
  });

  test('that were not written down before the process was killed are made again with the same id', async () => {
    const { id } = await create();
    await addCustomer();
    await deliverUntil(() => expect(receiver.received).toHaveLength(1));
    // As it stands after a kill between the answer and its record.
    await app.db.query("update webhook_deliveries set status = 'waiting', attempt_count = 0");

    await deliverUntil(() => expect(receiver.received).toHaveLength(2));

    expect(receiver.received[1]!.headers['webhook-id']).toBe(receiver.received[0]!.headers['webhook-id']);
    expect((await deliveriesOf(id)).deliveries!.totalCount).toBe(1);
  });
});

test.each([
  'http://127.0.0.1/x',
  'https://10.1.2.3/x',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://0x7f000001/',
  'https://2130706433/',
  'ftp://example.com/',
  'http://example.com/',
  'https://user:secret@example.com/',
  'https://[fd00::1]/',
  'nonsense',
])('%s cannot be a webhook', async (wrong) => {
  const { data } = await execute(
    app,
    `mutation ($url: String!) { createWebhook(input: { key: "wrong", name: "Wrong", url: $url }) {
      __typename ... on InvalidInputError { field } } }`,
    { url: wrong },
  );

  expect(data).toEqual({ createWebhook: { __typename: 'InvalidInputError', field: 'url' } });
});

test('testWebhook answers what became of the message', async () => {
  receiver.answer = (response) => response.writeHead(418).end();
  const { id } = await create();
  const run = async () =>
    (
      await query(
        app,
        `mutation ($id: ID!) { testWebhook(input: { id: $id }) {
          ... on TestWebhookPayload { delivery { type status lastStatus attemptCount } } } }`,
        { id },
      )
    ).testWebhook;

  expect(await run()).toEqual({
    delivery: { type: 'webhook.test', status: 'DEAD', lastStatus: 418, attemptCount: 1 },
  });
  receiver.answer = (response) => response.writeHead(200).end();
  expect(await run()).toMatchObject({ delivery: { status: 'DELIVERED', lastStatus: 200 } });
});

test('webhooks are for admin alone', async () => {
  const others = viewerWith([
    'customers:read',
    'customers:write',
    'segments:write',
    'campaigns:write',
    'pii:read',
    'ingest',
  ]);

  const { errors } = await execute(app, '{ webhooks { nodes { url } } }', {}, others);

  expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
});
