/** Messages that could not be used: kept sealed for a time, so that they can be read and sent again. */
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { App } from '#platform/app.ts';
import { sealedRows } from '#platform/crypto/sealed-rows.ts';
import type { Database } from '#platform/database/database.ts';

import type { AliasPolicy } from './inbox-rows.ts';

export interface Reject {
  /** From source and message id. */
  readonly id: string;
  readonly source: string;
  readonly receivedAt: Date;
  readonly type: string;
  readonly messageId: string;
  /** The expected and the actual value. */
  readonly reason: string;
  readonly onConflict: AliasPolicy;
  /** As received. */
  readonly message: unknown;
}

function binding(id: string): string {
  return `tracking_rejects:${id}`;
}

export const sealedRejects = sealedRows({
  table: 'tracking_rejects',
  key: { id: 'uuid' },
  bindingOf: (id) => binding(id),
  batchSize: 200,
});

/** A retry of a reject is the same reject. */
export async function writeRejects(app: App, tx: Database, rejects: readonly Reject[]): Promise<void> {
  if (rejects.length === 0) return;
  const once = [...new Map(rejects.map((reject) => [reject.id, reject])).values()].toSorted((one, other) =>
    one.id < other.id ? -1 : 1,
  );
  const sealed = once.map(({ id, message }) => app.keyring.seal(JSON.stringify(message), binding(id)));
  await tx.query(
    `/* tracking.reject */
    insert into tracking_rejects (id, source, received_at, type, message_id, reason, on_conflict, key_id, sealed)
    select id, source, received_at, type, message_id, reason, on_conflict, key_id, decode(sealed, 'base64')
    from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::text[], $9::text[]) as r (id, source, received_at, type, message_id, reason, on_conflict, key_id, sealed)
    on conflict (id) do nothing`,
    [
      once.map(({ id }) => id),
      once.map(({ source }) => source),
      once.map(({ receivedAt }) => receivedAt.toISOString()),
      once.map(({ type }) => type),
      once.map(({ messageId }) => messageId),
      once.map(({ reason }) => reason.slice(0, 500).toWellFormed()),
      once.map(({ onConflict }) => onConflict),
      sealed.map(({ keyId }) => keyId),
      sealed.map(({ sealed: bytes }) => Buffer.from(bytes).toString('base64')),
    ],
  );
}

/** A reject with its message still sealed. */
export interface RejectRow extends Omit<Reject, 'message'> {
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

const COLUMNS = `id, source, received_at as "receivedAt", type, message_id as "messageId", reason,
  on_conflict as "onConflict", key_id as "keyId", sealed`;

export const rejectsByAge = keyset<RejectRow>(
  'trackingRejects.received',
  [
    ['received_at', 'instant', ({ receivedAt }) => receivedAt],
    ['id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

const rejectPage = rejectsByAge.texts(
  ({ where, orderBy, limit }) => `/* tracking.rejectPage */
  select ${COLUMNS} from tracking_rejects
  where ($1::text is null or source = $1) and ${where} order by ${orderBy} limit ${limit}`,
);

/** Newest first. @param source null reads those of all */
export async function readRejectPage(
  db: Database,
  source: string | null,
  page: Page,
): Promise<readonly RejectRow[]> {
  return db.query(rejectPage(page), [source, ...rejectsByAge.bind(page)]);
}

export async function countRejects(db: Database, source: string | null): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `/* tracking.countRejects */
    select count(*) as count from tracking_rejects where ($1::text is null or source = $1)`,
    [source],
  );
  return row!.count;
}

/** Locked until the transaction ends, in the order in which they came. */
export async function lockRejects(tx: Database, ids: readonly string[]): Promise<readonly RejectRow[]> {
  return tx.query(
    `/* tracking.lockRejects */
    select ${COLUMNS} from tracking_rejects where id = any($1::uuid[]) order by received_at, id for update`,
    [ids],
  );
}

export async function deleteRejects(tx: Database, ids: readonly string[]): Promise<void> {
  await tx.query(`/* tracking.deleteRejects */ delete from tracking_rejects where id = any($1::uuid[])`, [
    ids,
  ]);
}

/** The message as it came. */
export function openReject({ keyring }: Pick<App, 'keyring'>, row: RejectRow): unknown {
  return JSON.parse(keyring.open(row, binding(row.id))) as unknown;
}
