import { upsertCustomers } from '#customers/service.ts';
import type { Scope } from '#platform/auth/viewer.ts';
import { explainSegment } from '#segments/vocabulary/explain-segment.ts';
import { exportFormats } from '#segments/export/formats.ts';
import { exportMembers } from '#segments/export/members.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp, viewerWith } from '../support/app.ts';
import { NOW } from './shop.ts';
import { addSegment, memberIds } from './seed.ts';

let app: TestApp;
let segmentId: string;
const PEOPLE = 2300;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  const names = ['Ann "the Quick", Lee', '=cmd|calc', 'Bob\nTwo Lines'];
  for (let start = 0; start < PEOPLE; start += 1000) {
    const inputs = Array.from({ length: Math.min(1000, PEOPLE - start) }, (_, index) => ({
      identities: [{ kind: 'external' as const, source: 'test', value: String(start + index) }],
      ...(start === 0 && index < 3
        ? { name: names[index]!, email: `a${index}@example.com`, phone: `+44207946001${index}` }
        : {}),
      country: 'GB',
    }));
    await refreshDerivedData(
      app,
      (await upsertCustomers(app, inputs)).map(({ customerId }) => customerId),
    );
  }
  segmentId = await addSegment(app, 'all', "country = 'GB'");
});
afterAll(() => app.close());

async function exported(format: keyof typeof exportFormats, scopes: readonly Scope[]): Promise<string> {
  const chunks: string[] = [];
  const batches = exportMembers(app, segmentId, viewerWith(scopes));
  for await (const chunk of exportFormats[format](batches)) chunks.push(chunk);
  return chunks.join('');
}

test('writes every member once, as CSV that a reader takes back', async () => {
  const rows: Record<string, string>[] = parse(await exported('csv', ['pii:read']), { columns: true });

  expect(rows.map((row) => row['customerId'])).toEqual(await memberIds(app, segmentId));
  const named = rows.map((row) => String(row['name'])).filter((name) => name !== '');
  expect(named.toSorted()).toEqual(["'=cmd|calc", 'Ann "the Quick", Lee', 'Bob\nTwo Lines']);
  expect(rows.find((row) => row['email'] === 'a0@example.com')).toMatchObject({
    phone: '+442079460010',
    country: 'GB',
    enteredAt: NOW.toISOString(),
    revenue: '0',
  });
});

test('writes one JSON object a line', async () => {
  const lines = (await exported('ndjson', ['pii:read'])).trimEnd().split('\n');

  expect(lines).toHaveLength(PEOPLE);
  expect(JSON.parse(lines[0]!)).toMatchObject({ orderCount: 0, tags: [], lastOrderAt: null });
});

test('masks contact data without pii:read', async () => {
  const text = await exported('ndjson', ['customers:read']);

  const ann = text.split('\n').find((line) => line.includes('A. T. Q. L.'));
  expect(JSON.parse(ann!)).toMatchObject({ email: 'a…@e…', phone: '+44 … 10' });
  expect(/example\.com|\+44\d/.exec(text)).toBeNull();
});

test('reads as many rows at once however many there are', async () => {
  app.resetStatements();
  await exported('csv', []);

  // Three batches with their contacts, and one that finds no more.
  expect(app.statements).toHaveLength(7);
});

test('explains a segment by its SQL, its parameters and the plan', async () => {
  const explained = await explainSegment(app, 'all', false);

  expect(explained).toMatchObject({ rule: "country = 'GB'", facts: ['traits'] });
  expect(explained.parameters).toContain('GB');
  expect(explained.plan.join('\n')).toContain('Scan');
  const run = await explainSegment(app, 'all', true);
  expect(run.plan.join('\n')).toMatch(/rows=2300/);
});
