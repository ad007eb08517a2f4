/** Files written to a folder of the test, imported into an app of its own that starts each test empty. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { guestCustomerId } from '#events/guest.ts';
import { importFile, type ImportOptions } from '#events/import/import-file.ts';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';

import { openTestApp, type TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';

export const PRODUCTS = 'sku,name,price\nMUG,Mug,8.00\nPAN,Pan,25.00\nPOT,Pot,30.00\n';
export const ORDERS = 'order_number,sku,quantity,unit_price,placed_at,customer_id\n';

interface PersonOfFile {
  readonly value: string;
  readonly name: string | null;
  readonly attributes: unknown;
}

/** For a file of tests: makes the folder and the app before them, and empties the app before each. */
export function useImports() {
  let folder: string;
  let app: TestApp;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'c360-files-'));
    app = await openTestApp();
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await app.db.execute(`create table guest as select * from customers where id = '${guestCustomerId}';
      truncate customers, products, imports, orders, order_lines, events, customer_connections, customer_identities cascade; insert into customers select * from guest; drop table guest`);
  });

  const rejectsFile = () => join(folder, 'rejects.csv');

  async function importText(
    format: ImportOptions['format'],
    text: string | Uint8Array,
    options: Partial<ImportOptions> = {},
  ) {
    const file = join(folder, 'file.csv');
    await writeFile(file, text);
    const summary = await importFile(app, { file, format, rejectsFile: rejectsFile(), ...options });
    const { rowsRead, imported, merged, unchanged, rejected, lines } = summary;
    expect(imported + merged + unchanged + rejected).toBe(rowsRead);
    expect(lines.beforeHeader + lines.header + lines.blank + lines.rows).toBe(lines.total);
    return summary;
  }

  /** Total and lines by order, and by customer where there is one. */
  async function readOrders() {
    const rows = await app.db.query<{ text: string }>(
      `select o.number || ' ' || coalesce(i.value, 'guest') || ' ' || o.kind || ' ' || o.total::numeric(20, 2)
        || ' ' || o.line_count || ' ' || to_char(o.placed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as text
      from orders o left join customer_identities i on i.customer_id = o.customer_id order by 1`,
    );
    return rows.map(({ text }) => text);
  }

  /** By their id in the source. */
  async function readPeople(): Promise<readonly PersonOfFile[]> {
    const data = await query(
      app,
      '{ customers(first: 100) { nodes { displayName attributes identities { value } } } }',
    );
    const people: PersonOfFile[] = data.customers!.nodes.map((node) => ({
      value: node.identities[0]!.value!,
      name: node.displayName,
      attributes: node.attributes,
    }));
    return people.toSorted((a, b) => (a.value < b.value ? -1 : 1));
  }

  return {
    get app() {
      return app;
    },
    rejectsFile,
    importText,
    readOrders,
    readPeople,
  };
}
