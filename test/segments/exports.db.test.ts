import type { Scope } from '#platform/auth/viewer.ts';
import { upsertCustomers } from '#customers/service.ts';
import { forgetExports, openLink, readExportText, writeExports } from '#segments/export/service.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { query } from '../support/query.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
  await upsertCustomers(
    app,
    Array.from({ length: 2500 }, (_, index) => ({
      identities: [{ kind: 'external', source: 'crm', value: `export-${index}` } as const],
      name: 'Ann Lee',
      email: `export${index}@example.com`,
      country: index % 5 === 0 ? 'FR' : 'GB',
      attributes: { note: '=1+1' },
    })),
  );
});
afterAll(() => app.close());
afterEach(() => app.setNow(null));

const FIELDS = 'id status rowCount totalCount downloadUrl failure expiresAt';
const MASKED: readonly Scope[] = ['customers:read'];

interface Told {
  readonly id: string;
  readonly status: string;
  readonly rowCount: number;
  readonly downloadUrl: string;
}

async function request(input: string, scopes?: readonly Scope[]): Promise<Told> {
  const data = await query<string>(
    app,
    `mutation { exportCustomers(input: { ${input} }) { __typename ... on ExportCustomersPayload { export { ${FIELDS} } } } }`,
    {},
    viewerWith(scopes),
  );
  return (data as { exportCustomers: { export: Told } }).exportCustomers.export;
}

async function read(id: string): Promise<Told> {
  const data = await query<string>(app, `{ customerExport(id: "${id}") { ${FIELDS} } }`);
  return (data as { customerExport: Told }).customerExport;
}

const write = (report = async () => {}) => writeExports(app, new AbortController().signal, report);

async function download(link: string): Promise<string | null> {
  const found = await openLink(app, new URL(link, 'http://gateway'));
  return found === null ? null : (await Array.fromAsync(readExportText(app, found))).join('');
}

test('writes everybody in chunks, tells how far it is, and hands the text out by its link', async () => {
  const asked = await request('fields: [ID, EMAIL, ATTRIBUTES], format: CSV');
  const seen: (readonly [number, number | null])[] = [];

  await writeExports(app, new AbortController().signal, async (done, total) => void seen.push([done, total]));
  const done = await read(asked.id);

  expect(asked).toMatchObject({ status: 'WAITING', downloadUrl: null });
  expect(done).toMatchObject({ status: 'DONE', rowCount: 2500, totalCount: 2500 });
  expect(seen).toEqual([
    [1000, 2500],
    [2000, 2500],
    [2500, 2500],
  ]);
  const lines = (await download(done.downloadUrl))!.trimEnd().split('\r\n');
  expect(lines[0]).toBe('id,email,attributes');
  expect(new Set(lines).size).toBe(2501);
  expect(lines.some((line) => line.includes('export7@example.com'))).toBe(true);
});

test('writes those who follow a rule, one JSON object a line', async () => {
  const asked = await request(`filter: "country = 'FR'", fields: [COUNTRY, ORDER_COUNT], format: NDJSON`);

  await write();

  const text = (await download((await read(asked.id)).downloadUrl))!;
  const rows = text.trimEnd().split('\n');
  expect(rows).toHaveLength(500);
  expect(JSON.parse(rows[0]!)).toEqual({ country: 'FR', orderCount: 0 });
});

test('masks contact data for a caller who may not read it, and keeps no plain text of either', async () => {
  const asked = await request('fields: [NAME, EMAIL]', MASKED);

  await write();

  const text = await download((await read(asked.id)).downloadUrl);
  expect(text).toContain('A. L.');
  expect(text).not.toContain('example.com');
  const stored = await app.db.query<{ text: string }>(
    `select encode(sealed, 'escape') as text from customer_export_chunks`,
  );
  expect(stored.map((row) => row.text).join()).not.toMatch(/Ann Lee|example\.com/);
});

test('goes on where a run ended, with no row twice and none left out', async () => {
  const asked = await request('fields: [ID]');
  const cut = new AbortController();
  const interrupted = writeExports(app, cut.signal, async () => cut.abort(new Error('killed')));
  await expect(interrupted).rejects.toThrow('killed');
  const half = await read(asked.id);

  await write();

  const done = await read(asked.id);
  expect(half).toMatchObject({ status: 'RUNNING', rowCount: 1000 });
  const lines = (await download(done.downloadUrl))!.trimEnd().split('\r\n');
  expect([lines.length, new Set(lines).size]).toEqual([2501, 2501]);
});

test('an export that cannot be written fails, and holds up no other', async () => {
  const [broken, whole] = [await request('fields: [ID]'), await request('fields: [ID]')];
  await app.db.query(`update customer_exports set fields = '{nonsense}' where id = $1::uuid`, [broken.id]);

  await write();

  expect(await read(broken.id)).toMatchObject({
    status: 'FAILED',
    failure: 'An unexpected error; the log of the gateway says which.',
  });
  expect(await read(whole.id)).toMatchObject({ status: 'DONE' });
});

test('refuses a link that was changed or has expired, and an export to anybody else', async () => {
  const asked = await request('fields: [ID]');
  await write();
  const { downloadUrl } = await read(asked.id);
  const other = await query<string>(
    app,
    `{ customerExport(id: "${asked.id}") { id } }`,
    {},
    {
      ...viewerWith(),
      id: 'key:other',
    },
  );

  const changed = [
    downloadUrl.replace(/expires=\d/, 'expires=9'),
    downloadUrl
      .replace(/.$/, (last: string) => (last === 'A' ? 'B' : 'A'))
      .replace(/signature=./, 'signature=-'),
    downloadUrl.split('&')[0]!,
    '/exports/nothing?expires=1&signature=a',
  ];
  const answers = await Promise.all(changed.map(download));
  app.setNow(new Date(Date.now() + 61 * 60_000));

  expect(answers).toEqual([null, null, null, null]);
  expect(await download(downloadUrl)).toBeNull();
  expect(other).toEqual({ customerExport: null });
});

test('forgets an export and its text after a day', async () => {
  const asked = await request('fields: [ID]');
  await write();
  app.setNow(new Date(Date.now() + 25 * 3_600_000));

  const count = await forgetExports(app);

  expect(count).toBeGreaterThan(0);
  expect(await read(asked.id)).toBeNull();
  expect(await app.db.query('select 1 from customer_export_chunks')).toHaveLength(0);
});

test('refuses a rule that cannot be used before anything is queued', async () => {
  const answer = await query(
    app,
    `mutation { exportCustomers(input: { filter: "nonsense = 1" }) { __typename } }`,
  );

  expect(answer).toEqual({ exportCustomers: { __typename: 'SegmentRuleError' } });
});
