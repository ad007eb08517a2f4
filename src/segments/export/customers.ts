/** Customers as rows to hand out, and as text: CSV (RFC 4180) or one JSON object a line. Writes nothing. */
import { Contacts } from '#customers/contact-data/contacts.ts';
import { customerColumns, readSealedContacts } from '#customers/queries.ts';
import type { CursorValues } from '#graphql/connections.ts';
import type { App } from '#platform/app.ts';
import type { Viewer } from '#platform/auth/viewer.ts';
import { toCsvCell } from '#platform/csv-cell.ts';
import { emptyProfile, type ProfileRow } from '#profiles/queries.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';

import { type CustomerPageRow, cursorColumns, readCustomerPage } from '../customer-search/customer-page.ts';

const CHUNK_ROWS = 1000;

interface Source {
  readonly row: CustomerPageRow;
  readonly profile: ProfileRow;
  readonly contacts: Contacts;
}

/** Instants as ISO text, money as decimal text; contact data is masked unless the viewer may read it. */
const fields = {
  id: ({ row }: Source) => row.id,
  name: ({ contacts }: Source) => contacts.preferred('name'),
  email: ({ contacts }: Source) => contacts.preferred('email'),
  phone: ({ contacts }: Source) => contacts.preferred('phone'),
  country: ({ row }: Source) => row.country,
  language: ({ row }: Source) => row.language,
  createdAt: ({ row }: Source) => row.createdAt.toISOString(),
  updatedAt: ({ row }: Source) => row.updatedAt.toISOString(),
  firstSeenAt: ({ row }: Source) => row.firstSeenAt?.toISOString() ?? null,
  lastSeenAt: ({ row }: Source) => row.lastSeenAt?.toISOString() ?? null,
  orderCount: ({ profile }: Source) => profile.orderCount,
  revenue: ({ profile }: Source) => profile.revenue,
  lastOrderAt: ({ profile }: Source) => profile.lastOrderAt?.toISOString() ?? null,
  rfmGroup: ({ profile }: Source) => profile.rfmGroup,
  tags: ({ profile }: Source) => profile.tags,
  attributes: ({ row, contacts }: Source) => contacts.within(JSON.parse(row.attributes) as unknown),
} as const;

export type ExportField = keyof typeof fields;
export const exportFieldNames = Object.keys(fields) as readonly ExportField[];

export interface ExportShape {
  readonly format: 'csv' | 'ndjson';
  readonly fields: readonly ExportField[];
  readonly rule: Rule | null;
  readonly viewer: Viewer;
}

export interface ExportChunk {
  readonly text: string;
  readonly rowCount: number;
  /** Where the next chunk begins; null after the last one. */
  readonly place: CursorValues | null;
}

const SORT = { by: 'createdAt', isAscending: true } as const;
const order = { name: 'export', columns: cursorColumns(SORT) };
const PROFILE = ['customerId', 'orderCount', 'revenue', 'lastOrderAt', 'rfmGroup', 'tags'] as const;

/** Up to `CHUNK_ROWS` customers in the order of their creation; three statements. */
export async function readExportChunk(
  { db, keyring }: Pick<App, 'db' | 'keyring'>,
  shape: ExportShape,
  after: CursorValues | null,
  now: Date,
): Promise<ExportChunk> {
  const size = CHUNK_ROWS;
  const page = { order, size, limit: size, isBackward: false, after, before: null };
  const filter = { rule: shape.rule, searchTokens: null, updatedSince: null };
  const rows = await readCustomerPage(db, filter, SORT, page, {
    columns: customerColumns,
    profile: PROFILE,
    now,
  });
  const sealed = await readSealedContacts(
    db,
    rows.map(({ id }) => id),
  );
  const contacts = Map.groupBy(sealed, ({ customerId }) => customerId);
  const values = rows.map((row) => {
    const source = {
      row,
      profile: row.customerId == null ? emptyProfile(row.id, now) : (row as ProfileRow),
      contacts: new Contacts(contacts.get(row.id) ?? [], keyring, shape.viewer),
    };
    return shape.fields.map((field) => fields[field](source));
  });
  const last = rows.length < size ? undefined : rows.at(-1);
  const lines = values.map((row) =>
    shape.format === 'csv' ? toCsvLine(row) : toJsonLine(shape.fields, row),
  );
  const head = shape.format === 'csv' && after === null ? `${shape.fields.join(',')}\r\n` : '';
  return {
    text: head + lines.join(''),
    rowCount: rows.length,
    place: last === undefined ? null : [last.place, last.id],
  };
}

function toCsvLine(values: readonly unknown[]): string {
  return `${values.map(toCell).join(',')}\r\n`;
}

function toCell(value: unknown): string {
  if (value == null) return '';
  if (Array.isArray(value)) return toCsvCell(value.join('|'));
  return toCsvCell(typeof value === 'string' ? value : JSON.stringify(value));
}

function toJsonLine(names: readonly string[], values: readonly unknown[]): string {
  return `${JSON.stringify(Object.fromEntries(names.map((name, index) => [name, values[index]])))}\n`;
}
