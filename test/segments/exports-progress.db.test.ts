import { upsertCustomers } from '#customers/service.ts';
import { enqueueJob } from '#platform/jobs.ts';
import { writeExports } from '#segments/export/service.ts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { post, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await upsertCustomers(
    server.app,
    Array.from({ length: 10 }, (_, index) => ({
      identities: [{ kind: 'external', source: 'crm', value: `progress-${index}` } as const],
    })),
  );
});
afterAll(() => server.close());

/** The text of a subscription over server-sent events as it comes, and its end. */
async function subscribe(text: string, key: string) {
  const leaving = new AbortController();
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: JSON.stringify({ query: text }),
    signal: leaving.signal,
  });
  const told = { text: '', isEnded: false, leave: () => leaving.abort() };
  const read = async (): Promise<void> => {
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) told.text += part;
    told.isEnded = true;
  };
  read().catch(() => {});
  return told;
}

test('an export says how far it is until it is done, to whoever asked for it', async () => {
  const { body } = await post(server, {
    query: 'mutation { exportCustomers(input: {}) { ... on ExportCustomersPayload { export { id } } } }',
  });
  const { id } = body.data!.exportCustomers!.export!;
  const text = `subscription { customerExportProgress(id: "${id}") { status rowCount } }`;
  const other = await server.createKey(['customers:read']);
  const [own, others] = [await subscribe(text, server.key), await subscribe(text, other)];
  await vi.waitFor(() => expect(own.text).toContain('WAITING'), { timeout: 10_000 });

  await writeExports(server.app, new AbortController().signal, async () => {});

  await vi.waitFor(() => expect(own.isEnded).toBe(true), { timeout: 10_000 });
  expect(own.text).toContain('"status":"DONE","rowCount":10');
  expect(others.text).not.toContain('status');
  others.leave();
});

test('jobs say how far they are, to admin alone', async () => {
  const text = 'subscription { jobProgress(name: "customers.settle") { name state done total } }';
  const [admin, reader] = [
    await subscribe(text, server.key),
    await subscribe(text, await server.createKey(['customers:read'])),
  ];

  await enqueueJob(server.app, { name: 'customers.settle' });

  await vi.waitFor(() => expect(admin.text).toContain('"state":"WAITING"'), { timeout: 10_000 });
  await vi.waitFor(() => expect(reader.text).toContain('FORBIDDEN'), { timeout: 10_000 });
  admin.leave();
  reader.leave();
});
