import { importFile } from '#events/import/import-file.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'c360-events-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** What a source may say of an event, each with an address of the person whose name is in it. */
function eventOf(person: string) {
  const address = `${person}@example.com`;
  return {
    kind: 'search',
    sessionId: address,
    properties: {
      query: `gift for ${address}`,
      [address]: 'as a key',
      nested: { list: [address, { [`key of ${address}`]: true }] },
      url: `https://shop.example/?q=${encodeURIComponent(address)}`,
      html: address.replace('@', '&#64;'),
      wide: address.replace('@', '＠'),
      quoted: `"${person} lee"@example.com`,
      json: JSON.stringify({ to: address }),
      base64: Buffer.from(address).toString('base64'),
      phone: '+44 20 7946 0018',
      harmless: 'red mug',
    },
  };
}

/** Everything of the table of events, as it is kept. */
async function readKept(marker: string): Promise<string> {
  const rows = await server.app.db.query<{ text: string }>('select to_jsonb(e)::text as text from events e');
  expect(rows.length).toBeGreaterThan(0);
  const text = rows.map((row) => row.text).join('\n');
  expect(text).toContain('red mug');
  expect(text).not.toContain('0018');
  expect(text).not.toContain(Buffer.from(marker).toString('base64').slice(0, 8));
  return text.normalize('NFKC');
}

test('keeps no contact data of events that are tracked', async () => {
  const { kind, sessionId, properties } = eventOf('tracked');
  const event = (source: string, session: string) => ({
    customer: { anonymousId: 'browser' },
    kind,
    source,
    sessionId: session,
    properties,
  });
  const query = `mutation ($events: [EventInput!]!) { trackEvents(input: { events: $events }) {
    ... on TrackEventsPayload { results { outcome event { source sessionId properties } } } } }`;
  const events = [
    event('web', sessionId),
    event('tracked@example.com', sessionId),
    event('web2', 'other@example.com'),
  ];

  const reply = await post<typeof query>(server, { query, variables: { events } });

  const [first, second, third] = reply.body.data!.trackEvents!.results!;
  expect(reply.text).not.toContain('tracked');
  expect(first!.event!.properties).toMatchObject({
    query: 'gift for [e-mail]',
    '[e-mail]': 'as a key',
    harmless: 'red mug',
  });
  // A session stays one session, and is told from others.
  expect(second!.event!.sessionId).toBe(first!.event!.sessionId);
  expect(third!.event!.sessionId).not.toBe(first!.event!.sessionId);
  expect(second!.event!.source).toBe('[e-mail]');
  expect(await readKept('tracked')).not.toContain('tracked');
});

test('keeps no contact data of events that come in a file', async () => {
  const { kind, sessionId, properties } = eventOf('imported');
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const file = join(folder, 'events.csv');
  const row = ['7', kind, '2026-01-02T10:00:00Z', sessionId, cell(JSON.stringify(properties))];
  await writeFile(file, `customer_id,kind,occurred_at,session_id,properties\n${row.join(',')}\n`);

  const summary = await importFile(server.app, { file, format: 'events', source: 'crm' });

  expect(summary).toMatchObject({ imported: 1, rejected: 0 });
  expect(await readKept('imported')).not.toContain('imported');
});

test('knows an event again whose contact data was cut out', async () => {
  const query = `mutation ($events: [EventInput!]!) { trackEvents(input: { events: $events }) {
    ... on TrackEventsPayload { results { outcome } } } }`;
  const event = {
    customer: { anonymousId: 'again' },
    source: 'web',
    occurredAt: '2026-01-03T10:00:00Z',
    ...eventOf('again'),
  };

  const outcomes = [];
  for (let run = 0; run < 2; run += 1) {
    const reply = await post<typeof query>(server, { query, variables: { events: [event] } });
    outcomes.push(reply.body.data!.trackEvents!.results![0]!.outcome);
  }

  expect(outcomes).toEqual(['CREATED', 'UNCHANGED']);
});
