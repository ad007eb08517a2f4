import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { createPlace, type GatewayProcess, type Place, run, serve } from '../support/gateway-process.ts';
import { post } from '../support/server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const script = fileURLToPath(new URL('../../examples/live-shop.ts', import.meta.url));

let place: Place;
let gateway: GatewayProcess;
let key: string;
beforeAll(async () => {
  place = await createPlace();
  const made = await run(place, ['keys', 'create', '--scopes', 'admin', '--json']);
  ({ key } = JSON.parse(made.stdout) as { key: string });
  gateway = await serve(place);
  await post(
    { url: gateway.url, key },
    {
      query: `mutation {
        upsertProducts(input: { products: [{ sku: "MUG", name: "Mug", price: "8.00" }, { sku: "PAN", name: "Pan", price: "25.00" }] }) { __typename }
        createSegment(input: { key: "buyers", name: "Buyers", rule: "number_of_orders >= 1" }) { __typename } }`,
    },
  );
});
afterAll(async () => {
  await gateway?.kill('SIGTERM');
  await place?.remove();
});

test('the live shop sends events by the stock client, and says who enters which segment meanwhile', async () => {
  const target = ['--url', gateway.url, '--key', key];
  const shop = spawn(process.execPath, [script, ...target, '--rate', '100', '--seconds', '15']);
  let output = '';
  for (const stream of [shop.stdout, shop.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }

  const [code] = (await once(shop, 'close')) as [number | null];

  expect(output).toMatch(/ entered Buyers/);
  expect(output).toMatch(/\d+ events sent\.\n$/);
  expect(code).toBe(0);
});
