import { recordConsent, upsertCustomers } from '#customers/service.ts';
import { createId } from '#platform/ids.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';

let app: TestApp;
let customerId: string;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  const [outcome] = await upsertCustomers(app, [{ identities: [{ kind: 'anonymous', value: createId() }] }]);
  customerId = outcome!.customerId;
});

async function record(status: 'GRANTED' | 'DENIED', recordedAt: string, source = 'web'): Promise<unknown> {
  const data = await query(
    app,
    `mutation ($input: RecordConsentInput!) { recordConsent(input: $input) {
      type: __typename ... on InvalidInputError { field }
    } }`,
    {
      input: {
        customer: { id: customerId },
        consent: { channel: 'SMS', purpose: 'marketing', status, source, recordedAt },
      },
    },
  );
  return data.recordConsent;
}

async function readConsents(): Promise<unknown> {
  const data = await query(
    app,
    `query ($id: ID!) { customer(by: { id: $id }) {
      consents { channel purpose status source history { status source } }
    } }`,
    { id: customerId },
  );
  return data.customer!.consents;
}

test('what a person said last holds, in whatever order it comes in, and all of it is kept', async () => {
  await record('GRANTED', '2026-03-01T00:00:00Z');
  await record('DENIED', '2026-05-01T00:00:00Z', 'call');
  await record('GRANTED', '2026-04-01T00:00:00Z', 'shop');

  expect(await readConsents()).toEqual([
    {
      channel: 'sms',
      purpose: 'marketing',
      status: 'DENIED',
      source: 'call',
      history: [
        { status: 'DENIED', source: 'call' },
        { status: 'GRANTED', source: 'shop' },
        { status: 'GRANTED', source: 'web' },
      ],
    },
  ]);
});

test('the same consent told twice is one, also when another holds by now', async () => {
  await record('GRANTED', '2026-03-01T00:00:00Z');
  await record('GRANTED', '2026-03-01T00:00:00Z');
  await record('DENIED', '2026-05-01T00:00:00Z');
  const before = await readConsents();
  await app.db.query('delete from recompute_queue');

  await record('GRANTED', '2026-03-01T00:00:00Z');

  expect(await readConsents()).toEqual(before);
  expect(await readConsents()).toMatchObject([{ history: [{ status: 'DENIED' }, { status: 'GRANTED' }] }]);
  expect([...(await app.db.query('select 1 from recompute_queue'))]).toEqual([]);
});

test('of a yes and a no at one instant the no holds, whichever comes first', async () => {
  await record('DENIED', '2026-03-01T00:00:00Z');
  await record('GRANTED', '2026-03-01T00:00:00Z');

  expect(await readConsents()).toMatchObject([{ status: 'DENIED' }]);
});

test('answers the field of a consent that cannot be used, and NotFoundError for nobody', async () => {
  expect(await record('GRANTED', '2026-03-01T00:00:00Z', ' ')).toEqual({
    type: 'InvalidInputError',
    field: 'consent.source',
  });
  customerId = createId();
  expect(await record('GRANTED', '2026-03-01T00:00:00Z')).toEqual({ type: 'NotFoundError' });
});

test('two consents recorded at once are both in the history', async () => {
  const consent = { channel: 'email', purpose: 'news', source: 'web' } as const;

  await Promise.all([
    recordConsent(app, customerId, { ...consent, status: 'granted', recordedAt: new Date('2026-01-01') }),
    recordConsent(app, customerId, { ...consent, status: 'denied', recordedAt: new Date('2026-01-02') }),
  ]);

  expect(await readConsents()).toMatchObject([
    { status: 'DENIED', history: [{ status: 'DENIED' }, { status: 'GRANTED' }] },
  ]);
});
