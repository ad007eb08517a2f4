import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { graphiqlExamples } from '../../src/main/graphiql-examples.ts';
import { post, send, startTestServer, type TestServer } from '../support/server.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const isInstalled = existsSync(CHROMIUM);
if (!isInstalled) process.stderr.write(`No browser at ${CHROMIUM}: its tests are skipped.\n`);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ graphiql: (key) => ({ key, examples: graphiqlExamples }) });
});
afterAll(() => server.close());

const html = { accept: 'text/html' };

test('serves the page compressed, and not again to who has it', async () => {
  const page = await send(server, { headers: html });
  const again = await send(server, { headers: { ...html, 'if-none-match': page.headers.get('etag')! } });

  expect(page.headers.get('content-encoding')).toBe('gzip');
  expect(page.headers.get('vary')).toBe('accept-encoding');
  expect(page.text).toContain(server.key);
  expect(again).toMatchObject({ status: 304, text: '' });
});

test.for(['identity', 'br', 'gzip;q=0', ''])(
  'serves the page plain to who accepts only %j',
  async (coding) => {
    const page = await send(server, { headers: { ...html, 'accept-encoding': coding } });

    expect(page.headers.get('content-encoding')).toBeNull();
    expect(page.text).toContain('YogaGraphiQL');
  },
);

test('fills its key in only for who comes by the name of this machine', async () => {
  const { request } = await import('node:http');

  const text = await new Promise<string>((resolve, reject) => {
    const asked = request(
      `${server.url}/graphql`,
      { headers: { ...html, host: 'evil.example:4000', 'accept-encoding': 'gzip' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on(
          'end',
          () =>
            void import('node:zlib').then(({ gunzipSync }) =>
              resolve(gunzipSync(Buffer.concat(chunks)).toString()),
            ),
        );
      },
    );
    asked.on('error', reject);
    asked.end();
  });

  expect(text).toContain('YogaGraphiQL');
  expect(text).not.toContain(server.key);
});

test.for(graphiqlExamples.map((example) => [example.title, example] as const))(
  'opens with an example that runs: %s',
  async ([, { query, variables }]) => {
    const { status, body } = await post(server, { query, variables });

    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
  },
);

describe.runIf(isInstalled)('in a browser', () => {
  let browser: Browser;
  let page: Page;
  const outside: string[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    page = await browser.newPage();
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) outside.push(url);
    });
    await page.goto(`${server.url}/`);
  });
  afterAll(() => browser?.close());

  test('runs the first example with nothing typed, and asks nothing outside', async () => {
    const run = page.locator('button.graphiql-execute-button, button[aria-label^="Execute"]');
    await run.first().click();

    await page.waitForFunction(
      () => document.querySelector('.result-window')?.textContent?.includes('totalCount') === true,
    );
    expect(outside).toEqual([]);
  });
});
