import { rotateContactKeys } from '#customers/contact-data/rotate-keys.ts';
import { upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';
import { createKeyring } from '#platform/crypto/keyring.ts';
import { sealedValues } from '#platform/crypto/sealed-rows.ts';
import { readExport, readExportText, requestExport, writeExports } from '#segments/export/service.ts';
import { enqueueMessages, openRow, readNextRows } from '#tracking/inbox-rows.ts';
import type { Message } from '#tracking/message.ts';
import { writeRejects } from '#tracking/rejects.ts';
import { webhookResource } from '#webhooks/queries.ts';
import { signMessage } from '#webhooks/secrets.ts';
import { createWebhook } from '#webhooks/service.ts';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { featureSealedValues } from '../../src/main/sealed-values.ts';
import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { query } from '../support/query.ts';

const indexKey = Buffer.alloc(32, 2);
const oldKey = ['test', Buffer.alloc(32, 1)] as const;
const newKey = ['next', Buffer.alloc(32, 3)] as const;

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const MESSAGE: Message = {
  type: 'track',
  messageId: 'm1',
  userId: 'u1',
  anonymousId: null,
  previousId: null,
  groupId: null,
  name: 'Lamp Lit',
  properties: { room: 'hall' },
  context: {},
  at: '2026-05-01T00:00:00.000Z',
};

test('a rotation re-seals the values of every feature, so that the old key can be taken away', async () => {
  await upsertCustomers(app, [{ identities: [], name: 'Ada Byron', email: 'ada@example.com' }]);
  const now = new Date();
  await app.db.transaction(async (tx) => {
    await enqueueMessages(app, tx, { source: 's', onConflict: 'keep', receivedAt: now }, [MESSAGE]);
    await writeRejects(app, tx, [
      {
        id: '00000000-0000-4000-8000-000000000001',
        source: 's',
        receivedAt: now,
        type: 'track',
        messageId: 'm2',
        reason: 'event: none',
        onConflict: 'keep',
        message: { who: 'ada' },
      },
    ]);
  });
  const { id: exportId } = await requestExport(app, viewerWith(), {
    format: 'csv',
    fields: null,
    rule: null,
  });
  await writeExports(app, new AbortController().signal, async () => {});
  const { webhook, secret } = await createWebhook(app, {
    key: 'crm',
    name: 'CRM',
    url: 'https://crm.example.com/',
    kinds: null,
    segmentId: null,
    includesContacts: false,
  });
  const rotating: App = { ...app, keyring: createKeyring(new Map([newKey, oldKey]), indexKey) };
  sealedValues(rotating).push(...featureSealedValues);

  // Two contact data of the customer, and one of each other kind.
  expect(await rotateContactKeys(rotating)).toEqual({ done: 6, total: 6 });
  expect(await rotateContactKeys(rotating)).toEqual({ done: 0, total: 0 });

  const rotated: App = { ...app, keyring: createKeyring(new Map([newKey]), indexKey) };
  const [row] = await readNextRows(app.db);
  expect(openRow(rotated, row!).map(({ message }) => message)).toEqual([MESSAGE]);
  const { trackingRejects } = await query(rotated, '{ trackingRejects { nodes { message } } }');
  expect(trackingRejects!.nodes).toEqual([{ message: { who: 'ada' } }]);
  const written = await readExport(rotated, exportId);
  expect((await Array.fromAsync(readExportText(rotated, written!))).join('')).toContain('ada@example.com');
  const [stored] = await webhookResource.byIds(app.db, [webhook.id]);
  const message = { id: 'msg_1', at: now, body: '{}' };
  expect(
    new Verifier(secret).verify(message.body, {
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': signMessage(rotated.keyring, stored!, message),
    }),
  ).toEqual({});
});
