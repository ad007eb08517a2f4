import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { upsertCustomers } from '#customers/service.ts';
import { importFile } from '#events/import/import-file.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';

let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'c360-connections-'));
  app = await openTestApp();
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

async function importText(text: string) {
  const file = join(folder, 'connections.csv');
  await writeFile(file, text);
  const rejectsFile = join(folder, 'rejects.csv');
  return importFile(app, { file, format: 'connections', source: 'crm', rejectsFile });
}

/** Everything stored of connections, but the ids. */
function readRows() {
  return app.db.query(
    `select i.value, o.value as other, c.kind, direction, c.source, began_at, recorded_at from customer_connections c
    join customer_identities i on i.customer_id = c.customer_id
    join customer_identities o on o.customer_id = c.other_id order by 1, 2, 3, 4`,
  );
}

const HEADER = 'From customer id,to_customer_id,kind,since\n';

test('takes in connections once, makes people nobody knew, and tells the line of every row it rejects', async () => {
  await upsertCustomers(app, [
    { identities: [{ kind: 'external', source: 'crm', value: 'ann' }], name: 'Ann Archer' },
  ]);
  const text =
    `${HEADER}ann,bob,referral,2025-03-01\nann,bob,referral,2025-03-01\nbob,cat,HOUSEHOLD,\n` +
    `cat,bob,household,\ncat,ann,follow,2025-04-01T10:00:00Z\n` +
    `ann,ann,follow,\n,bob,follow,\nann,,follow,\nann,bob,friend,\nann,bob,follow,soon\nann,${'x'.repeat(201)},follow,\n`;

  const summary = await importText(text);

  expect(summary).toMatchObject({ rowsRead: 11, imported: 3, merged: 1, unchanged: 1, rejected: 6 });
  expect(summary.dirt).toEqual({
    bad_date: 1,
    bad_kind: 1,
    bad_to_customer_id: 1,
    exact_duplicate: 1,
    missing_customer: 2,
    same_customer: 1,
  });
  const rejects = (await readFile(join(folder, 'rejects.csv'), 'utf8')).split('\n').slice(1, -1);
  expect(rejects.map((line) => line.split(',')[0])).toEqual(['7', '8', '9', '10', '11', '12']);
  expect(rejects[3]).toContain('kind: expected referral, household, follow, got ""friend""');

  const data = await query(
    app,
    `{ customer(by: { externalId: { source: "crm", id: "ann" } }) { displayName connections {
      edges { kind direction source beganAt node { identities { value } } } } } }`,
  );
  expect(data.customer!.displayName).toBe('Ann Archer');
  expect(data.customer!.connections!.edges).toEqual(
    expect.arrayContaining([
      {
        kind: 'REFERRAL',
        direction: 'OUTGOING',
        source: 'crm',
        beganAt: '2025-03-01T00:00:00.000Z',
        node: { identities: [{ value: 'bob' }] },
      },
      {
        kind: 'FOLLOW',
        direction: 'INCOMING',
        source: 'crm',
        beganAt: '2025-04-01T10:00:00.000Z',
        node: { identities: [{ value: 'cat' }] },
      },
    ]),
  );

  const before = await readRows();
  expect(before).toHaveLength(6);
  expect(await importText(text)).toMatchObject({ imported: 0, merged: 1, unchanged: 4, rejected: 6 });
  expect(await readRows()).toEqual(before);
});

test('needs two people and a kind in every file', async () => {
  await expect(importText('from_customer_id,kind\na,follow\n')).rejects.toThrow('no column to_customer_id');
});
