import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const audits = serverAudits({
  url: () => `${server.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) =>
    fetch(url, {
      ...init,
      headers: [...new Headers(init.headers), ['authorization', `Bearer ${server.key}`]],
    }),
});

test.for(audits.map((audit) => [audit.name, audit] as const))('%s', async ([, audit]) => {
  const result = await audit.fn();

  expect(result).toMatchObject({ status: 'ok' });
});
