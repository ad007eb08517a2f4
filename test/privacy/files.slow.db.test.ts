import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { createPlace, type Place, run, serve } from '../support/gateway-process.ts';
import { post } from '../support/server.ts';

// Processes are started over and over, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const isEmbedded = process.env['TEST_ENGINE'] !== 'postgres';
const formulas = ['=1+1', '+cmd|calc', '-2+3', '@SUM(A1)', '\tx', ' =1+1', '＝1+1'];

let place: Place;
beforeAll(async () => {
  place = await createPlace();
});
afterAll(() => place.remove());

const inPlace = (name: string) => join(place.dataDir, name);
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;

test('writes rows that were rejected for the owner of the file alone, and none of them as a formula', async () => {
  const file = inPlace('customers.csv');
  const rejects = inPlace('customers.csv.rejects.csv');
  const rows = formulas.map((formula, index) => [`c${index}`, 'no address', formula].map(cell).join(','));
  writeFileSync(file, `customer_id,email,name\n${rows.join('\n')}\nc99,no address,+442079460018\n`);
  // From an earlier run by somebody less careful.
  writeFileSync(rejects, 'old', { mode: 0o644 });

  const imported = await run(place, ['import', file, '--format', 'customers', '--json', '--no-compute']);

  expect(imported.stdout).toContain('"rejected":8');
  expect(modeOf(rejects)).toBe('600');
  const written: Record<string, string>[] = parse(readFileSync(rejects, 'utf8'), { columns: true });
  expect(written.map(({ name }) => name)).toEqual([
    ...formulas.map((formula) => `'${formula}`),
    '+442079460018',
  ]);
});

test('writes members to a file for its owner alone, and none of them as a formula', async () => {
  const made = await run(place, ['keys', 'create', '--scopes', 'admin', '--json']);
  const { key } = JSON.parse(made.stdout) as { key: string };
  const gateway = await serve(place);
  const change = async (field: string, input: string) => {
    const query = `mutation { ${field}(input: { ${input} }) { type: __typename } }`;
    const reply = await post({ url: gateway.url, key }, { query });
    expect((reply.body.data as Record<string, { type: string }>)[field]!.type).toMatch(/Payload$/);
  };
  for (const [index, formula] of formulas.entries()) {
    await change('upsertCustomer', `email: "m${index}@example.com", name: ${JSON.stringify(`${formula}n`)}`);
  }
  await change('createSegment', 'key: "all", name: "All", rule: "number_of_orders >= 0"');
  await gateway.kill('SIGTERM');
  const out = inPlace('members.csv');
  writeFileSync(out, 'old', { mode: 0o644 });

  const exported = await run(place, ['segments', 'export', 'all', '--pii', '--out', out]);

  expect(exported).toMatchObject({ code: 0 });
  expect(modeOf(out)).toBe('600');
  const written: Record<string, string>[] = parse(readFileSync(out, 'utf8'), { columns: true });
  const names = written.map(({ name }) => name!);
  expect(names).toHaveLength(formulas.length);
  // White space around a name is no part of it: `x` is left of the one that begins with a tab.
  for (const name of names) expect(name).toMatch(/^['x]/);
  expect(names).toContain("'=1+1n");
});

test.runIf(isEmbedded)('keeps the keys that it makes for the owner of the folder alone', async () => {
  writeFileSync(inPlace('demo-key'), '', { mode: 0o644 });
  const gateway = await serve(place);
  await gateway.kill('SIGTERM');

  expect(modeOf(inPlace('demo-key'))).toBe('600');
  expect(modeOf(inPlace('contact-keys.json'))).toBe('600');
  expect(modeOf(inPlace('database'))).toBe('700');
});
