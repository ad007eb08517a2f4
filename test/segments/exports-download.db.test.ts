import { writeExports } from '#segments/export/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { query } from '../support/query.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const CUSTOMERS = 2_500;

let server: TestServer;
let link: string;
beforeAll(async () => {
  server = await startTestServer();
  const { app } = server;
  await upsertCustomers(
    app,
    Array.from({ length: CUSTOMERS }, (_, index) => ({
      identities: [{ kind: 'external', source: 'crm', value: `download-${index}` } as const],
    })),
  );
  const { exportCustomers } = await query(
    app,
    `mutation { exportCustomers(input: { fields: [ID], format: NDJSON }) {
      ... on ExportCustomersPayload { export { id } } } }`,
  );
  await writeExports(app, new AbortController().signal, async () => {});
  const { customerExport } = await query(
    app,
    'query ($id: ID!) { customerExport(id: $id) { downloadUrl } }',
    {
      id: exportCustomers!.export!.id,
    },
  );
  link = `${server.url}${customerExport!.downloadUrl}`;
});
afterAll(() => server.close());

test('the link answers the whole text, to nobody who caches it', async () => {
  const response = await fetch(link);

  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="customers-.+\.ndjson"$/,
  );
  const lines = (await response.text()).trimEnd().split('\n');
  expect(new Set(lines).size).toBe(CUSTOMERS);
});

test('a link that was changed is answered 403, and any other method 405', async () => {
  const changed = await fetch(
    link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')).replace('expires=1', 'expires=2'),
  );
  const posted = await fetch(link, { method: 'POST' });

  expect(changed.status).toBe(403);
  expect(await changed.json()).toEqual({
    errors: [{ message: 'This link is not whole, or has expired. Ask for another one.' }],
  });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
});

test('a caller who leaves in the middle ends the request', async () => {
  const leaving = new AbortController();
  const response = await fetch(link, { signal: leaving.signal });
  const reader = response.body!.getReader();
  await reader.read();

  leaving.abort();

  await expect(reader.read()).rejects.toThrow('aborted');
  // It would wait for a response that is not yet sent.
  const startedAt = performance.now();
  await server.stop();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
