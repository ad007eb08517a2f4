/** Exports of customers: asked for by a caller, written by a job chunk by chunk, fetched by a signed link, and forgotten. */
import { timingSafeEqual } from 'node:crypto';

import type { App } from '#platform/app.ts';
import { hasScope, type Viewer } from '#platform/auth/viewer.ts';
import { DomainError, InvalidInputError } from '#platform/errors.ts';
import { sealedRows } from '#platform/crypto/sealed-rows.ts';
import type { Database } from '#platform/database/database.ts';
import { isUnavailable } from '#platform/database/availability.ts';
import { createId, isUuid } from '#platform/ids.ts';
import { enqueueJob } from '#platform/jobs.ts';
import { type RowOf, selectList } from '#platform/database/rows.ts';

import { countCustomers } from '../customer-search/customer-page.ts';
import { resolveRule } from '../vocabulary/preview.ts';
import { type ExportField, exportFieldNames, type ExportShape, readExportChunk } from './customers.ts';
import { customerExportChunks, customerExports } from './tables.ts';

/** Texts of exports are kept this long after they were asked for. */
export const EXPORT_HOURS = 24;
const LINK_MINUTES = 60;
export const EXPORT_PATH = '/exports/';
export const EXPORT_JOB = { name: 'exports.write' };

const UNEXPECTED = 'An unexpected error; the log of the gateway says which.';

export type ExportRow = RowOf<typeof customerExports>;

export interface ExportRequest {
  readonly format: 'csv' | 'ndjson';
  /** Null for every field. */
  readonly fields: readonly ExportField[] | null;
  readonly rule: string | null;
}

/**
 * Asks for an export, which the next free worker writes.
 * @throws {SegmentRuleError} the rule cannot be used
 * @throws {InvalidInputError} no field, or one twice
 */
export async function requestExport(
  app: App,
  viewer: Viewer,
  { format, fields, rule }: ExportRequest,
): Promise<ExportRow> {
  const names = fields ?? exportFieldNames;
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new InvalidInputError('fields', 'expected at least one field, each once');
  }
  if (rule !== null) await resolveRule(app.db, rule);
  const now = app.clock();
  const id = createId(now.getTime());
  await app.db.orm.insert(customerExports).values({
    id,
    caller: viewer.id,
    format,
    fields: [...names],
    rule,
    hasContacts: hasScope(viewer, 'pii:read'),
    status: 'waiting',
    chunkCount: 0,
    rowCount: 0,
    createdAt: now,
    updatedAt: now,
    expiresAt: new Date(now.getTime() + EXPORT_HOURS * 3_600_000),
  });
  await enqueueJob(app, EXPORT_JOB);
  return (await readExport(app, id))!;
}

export async function readExport(
  { db, clock }: { readonly db: Database; readonly clock: () => Date },
  id: string,
): Promise<ExportRow | null> {
  const [row] = await db.query<ExportRow>(
    `/* exports.byId */
    select ${selectList(customerExports, 'export')} from customer_exports export
    where export.id = $1::uuid and export.expires_at > $2::timestamptz`,
    [id, clock()],
  );
  return row ?? null;
}

/**
 * Writes every export that waits, or that another run left unfinished, oldest first. A chunk and the place after it are
 * written in one transaction, so that a run that was killed continues where it stood and no row comes twice.
 */
export async function writeExports(
  app: App,
  signal: AbortSignal,
  report: (done: number, total: number | null) => Promise<void>,
): Promise<number> {
  for (let count = 0; ; count += 1) {
    signal.throwIfAborted();
    const [row] = await app.db.query<ExportRow>(
      `/* exports.next */
      select ${selectList(customerExports, 'export')} from customer_exports export
      where export.status in ('waiting', 'running') and export.expires_at > $1::timestamptz
      order by export.created_at, export.id limit 1`,
      [app.clock()],
    );
    if (row === undefined) return count;
    try {
      await writeExport(app, row, signal, report);
    } catch (error) {
      if (signal.aborted || isUnavailable(error)) throw error;
      if (!(error instanceof DomainError)) {
        app.log.error({ error, exportId: row.id }, 'an export cannot be written');
      }
      // Otherwise the next run would try it again, before all that wait.
      await finish(app, row.id, 'failed', error instanceof DomainError ? error.message : UNEXPECTED);
    }
  }
}

async function writeExport(
  app: App,
  { id, caller, format, fields, rule, hasContacts, place, chunkCount, rowCount }: ExportRow,
  signal: AbortSignal,
  report: (done: number, total: number | null) => Promise<void>,
): Promise<void> {
  const scopes = new Set(hasContacts ? (['pii:read'] as const) : []);
  const viewer: Viewer = { id: caller, name: caller, kind: 'key', scopes };
  const resolved = rule === null ? null : (await resolveRule(app.db, rule)).inlined;
  const shape: ExportShape = { format, fields: fields as ExportField[], rule: resolved, viewer };
  const filter = { rule: resolved, searchTokens: null, updatedSince: null };
  const now = app.clock();
  const total = await countCustomers(app.db, filter, { by: 'createdAt', isAscending: true }, now);
  let [after, position, done] = [place, chunkCount, rowCount];
  // A run that was killed after the last chunk has nothing left to write.
  while (position === 0 || after !== null) {
    signal.throwIfAborted();
    const chunk = await readExportChunk(app, shape, after, now);
    done += chunk.rowCount;
    const { keyId, sealed } = app.keyring.seal(chunk.text, bindingOf(id, position));
    await app.db.transaction(async (tx) => {
      await tx.orm
        .insert(customerExportChunks)
        .values({ exportId: id, position, keyId, sealed })
        .onConflictDoNothing();
      await tx.query(
        `/* exports.advance */
        update customer_exports set status = 'running', place = $2::text::jsonb, chunk_count = $3, row_count = $4,
          total_count = $5, updated_at = $6::timestamptz
        where id = $1::uuid`,
        [
          id,
          chunk.place === null ? null : JSON.stringify(chunk.place),
          position + 1,
          done,
          total,
          app.clock(),
        ],
      );
    });
    position += 1;
    after = chunk.place as typeof after;
    await report(done, total);
  }
  await finish(app, id, 'done', null);
}

async function finish(
  { db, clock }: App,
  id: string,
  status: 'done' | 'failed',
  failure: string | null,
): Promise<void> {
  await db.query(
    `/* exports.finish */
    update customer_exports set status = $2, failure = $3, finished_at = $4::timestamptz, updated_at = $4::timestamptz
    where id = $1::uuid`,
    [id, status, failure, clock()],
  );
}

/** Removes exports that have expired, text and all. @returns how many */
export async function forgetExports({ db, clock }: App): Promise<number> {
  return db.transaction(async (tx) => {
    const rows = await tx.query<{ id: string }>(
      `/* exports.forget */ delete from customer_exports where expires_at <= $1::timestamptz returning id`,
      [clock()],
    );
    await tx.query(
      `/* exports.forgetChunks */ delete from customer_export_chunks where export_id = any($1::uuid[])`,
      [rows.map(({ id }) => id)],
    );
    return rows.length;
  });
}

export const sealedExportChunks = sealedRows({
  table: 'customer_export_chunks',
  key: { export_id: 'uuid', position: 'integer' },
  bindingOf: (id, position) => bindingOf(id, Number(position)),
  // A chunk holds a thousand customers.
  batchSize: 5,
});

function bindingOf(id: string, position: number): string {
  return `export ${id} ${position}`;
}

function sign({ keyring }: Pick<App, 'keyring'>, id: string, expires: number): string {
  return keyring.hash('export link', `${id} ${expires}`).toString('base64url');
}

/** Path and query of a link to the text, valid for an hour, for any caller that has it. */
export function signLink(app: Pick<App, 'keyring' | 'clock'>, { id, expiresAt }: ExportRow): string {
  const until = Math.min(app.clock().getTime() + LINK_MINUTES * 60_000, expiresAt.getTime());
  const expires = Math.floor(until / 1000);
  return `${EXPORT_PATH}${id}?expires=${expires}&signature=${sign(app, id, expires)}`;
}

/** The export of a link that is whole and has not expired; null for any other. */
export async function openLink(app: App, link: URL): Promise<ExportRow | null> {
  const id = link.pathname.slice(EXPORT_PATH.length);
  const expires = Number(link.searchParams.get('expires'));
  const given = Buffer.from(link.searchParams.get('signature') ?? '', 'base64url');
  if (!isUuid(id) || !Number.isSafeInteger(expires)) return null;
  const expected = Buffer.from(sign(app, id, expires), 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  if (expires * 1000 <= app.clock().getTime()) return null;
  const row = await readExport(app, id);
  return row?.status === 'done' ? row : null;
}

/** The text of an export, a chunk at a time. */
export async function* readExportText(
  { db, keyring }: App,
  { id, chunkCount }: ExportRow,
): AsyncGenerator<string> {
  for (let position = 0; position < chunkCount; position += 1) {
    const [chunk] = await db.query<{ keyId: string; sealed: Uint8Array }>(
      `/* exports.chunk */
      select key_id as "keyId", sealed from customer_export_chunks where export_id = $1::uuid and position = $2`,
      [id, position],
    );
    if (chunk === undefined) throw new Error(`the export ${id} has expired while it was fetched`);
    yield keyring.open(chunk, bindingOf(id, position));
  }
}
