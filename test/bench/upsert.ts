/**
 * `npm run bench:upsert`: processor time of a row of `upsertCustomers` on the embedded database, over HTTP, client and
 * server in one process: what a row costs from its JSON to its profile and memberships. Never asserts.
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { openApp } from '#main/open-app.ts';
import { serve } from '#main/serve.ts';
import { createApiKey } from '#platform/auth/api-keys.ts';
import { readConfig } from '#platform/config.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '1000' },
  },
});
const rowCount = Number(options.rows);

const folder = await mkdtemp(join(tmpdir(), 'c360-bench-upsert-'));
const config = readConfig({ LOG_LEVEL: 'warn', DATA_DIR: folder, PORT: '0', GRAPHIQL: 'false' });
const app = await openApp(config, 'serve');
const gateway = await serve(app, { withJobs: false });
const { key } = await createApiKey(app.db, { name: 'bench', scopes: ['customers:write'], at: new Date() });

const MUTATION = `mutation ($input: UpsertCustomersInput!) { upsertCustomers(input: $input) {
  __typename ... on UpsertCustomersPayload { results { index outcome customerId errors { message } } } } }`;

function makeRows(round: number, points: number): object[] {
  return Array.from({ length: rowCount }, (_, index) => ({
    identities: [{ kind: 'EXTERNAL', source: 'crm', value: `${round}-${index}` }],
    name: `Customer ${round} ${index}`,
    email: `c${round}.${index}@example.com`,
    phone: `+4420${String(79460000 + round * rowCount + index).padStart(8, '0')}`,
    country: 'GB',
    attributes: { tier: 'gold', points },
    consents: [
      {
        channel: 'email',
        purpose: 'marketing',
        status: 'GRANTED',
        source: 'crm',
        recordedAt: '2026-01-01T00:00:00Z',
      },
    ],
  }));
}

/** @returns milliseconds of processor time a row */
async function measure(customers: object[]): Promise<number> {
  const before = process.cpuUsage();
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: MUTATION, variables: { input: { customers } } }),
  });
  const { data, errors } = (await response.json()) as {
    data?: { upsertCustomers: { results?: object[] } };
    errors?: object[];
  };
  if (data?.upsertCustomers.results?.length !== rowCount) throw new Error(JSON.stringify(errors ?? data));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / rowCount;
}

const measured = { new: [] as number[], changed: [] as number[], same: [] as number[] };
for (let round = 0; round < Number(options.rounds); round += 1) {
  measured.new.push(await measure(makeRows(round, 1)));
  measured.changed.push(await measure(makeRows(round, 2)));
  measured.same.push(await measure(makeRows(round, 2)));
}
for (const [kind, values] of Object.entries(measured)) {
  const sorted = values.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  process.stdout.write(
    `${kind.padEnd(8)} median ${median.toFixed(3)} ms a row, ${sorted[0]?.toFixed(3)} to ${sorted.at(-1)?.toFixed(3)}\n`,
  );
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(measured)}\n`);
await gateway.stop();
await rm(folder, { recursive: true, force: true });
