import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineAttribute } from '#customers/attributes/service.ts';
import { importFile } from '#events/import/import-file.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';

let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'c360-own-'));
  app = await openTestApp();
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

function line(id: string, attributes: object): string {
  return `${id},"${JSON.stringify(attributes).replaceAll('"', '""')}"\n`;
}

test('attributes of a file can be asked for at once, and a row against its declaration is rejected', async () => {
  await defineAttribute(app, { key: 'tenure', type: 'number' });
  const file = join(folder, 'customers.csv');
  const rejectsFile = join(folder, 'rejects.csv');
  await writeFile(
    file,
    `customer_id,attributes\n${[
      line('A', { tenure: 1, TotalCharges: 29.85, Churn: 'No' }),
      line('B', { tenure: '34', TotalCharges: 1889.5, Churn: 'No' }),
      line('C', { tenure: 2, TotalCharges: null, Churn: 'Yes' }),
    ].join('')}`,
  );

  const summary = await importFile(app, { file, format: 'customers', source: 'telco', rejectsFile });

  expect(summary).toMatchObject({ rowsRead: 3, imported: 2, rejected: 1 });
  expect((await readFile(rejectsFile, 'utf8')).split('\n')[1]).toMatch(/^3,.*"?B/);
  const data = await query(
    app,
    `{ churned: segmentPreview(rule: "Churn = 'Yes'") { ... on SegmentPreview { size } }
      short: segmentPreview(rule: "tenure < 12") { ... on SegmentPreview { size } }
      unbilled: segmentPreview(rule: "TotalCharges IS NULL") { ... on SegmentPreview { size } } }`,
  );
  expect(data).toEqual({ churned: { size: 1 }, short: { size: 2 }, unbilled: { size: 1 } });
});
