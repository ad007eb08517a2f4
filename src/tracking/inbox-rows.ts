/** Rows of the inbox: waiting messages, sealed. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { sealedRows } from '#platform/crypto/sealed-rows.ts';
import { createId } from '#platform/ids.ts';

import type { Message } from './message.ts';

/** Messages of one row of the inbox. */
const MESSAGES_PER_ROW = 500;

/** Messages of one transaction: enough to share its statements, few enough that customers are locked only briefly. */
const BATCH_MESSAGES = 500;
/** Whether an alias merges customers whose stronger identities differ. */
export type AliasPolicy = 'keep' | 'merge';

/** Common fields of the messages of an inbox row. */
export interface Origin {
  readonly source: string;
  readonly onConflict: AliasPolicy;
  readonly receivedAt: Date;
}

/** A message with its origin. */
export interface InboxMessage {
  readonly message: Message;
  readonly source: string;
  readonly receivedAt: Date;
  readonly onConflict: AliasPolicy;
}

export interface InboxRow {
  readonly id: string;
  readonly source: string;
  readonly receivedAt: Date;
  readonly onConflict: AliasPolicy;
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

export const sealedInbox = sealedRows({
  table: 'tracking_inbox',
  key: { id: 'uuid' },
  bindingOf: (id) => inboxBinding(id),
  batchSize: 10,
});

/** In the caller's transaction, whose commit wakes the inbox. */
export async function enqueueMessages(
  app: App,
  tx: Database,
  { source, onConflict, receivedAt }: Origin,
  messages: readonly Message[],
): Promise<void> {
  if (messages.length === 0) return;
  const rows = [];
  for (let start = 0; start < messages.length; start += MESSAGES_PER_ROW) {
    const part = messages.slice(start, start + MESSAGES_PER_ROW);
    const id = createId(receivedAt.getTime());
    rows.push({ id, count: part.length, ...app.keyring.seal(JSON.stringify(part), inboxBinding(id)) });
  }
  rows.sort((one, other) => (one.id < other.id ? -1 : 1));
  await tx.query(
    `/* tracking.enqueue */
    insert into tracking_inbox (id, source, received_at, on_conflict, message_count, key_id, sealed)
    select id, $2, $3::timestamptz, $4, message_count, key_id, decode(sealed, 'base64')
    from unnest($1::uuid[], $5::integer[], $6::text[], $7::text[]) as part (id, message_count, key_id, sealed)`,
    [
      rows.map(({ id }) => id),
      source,
      receivedAt,
      onConflict,
      rows.map(({ count }) => count),
      rows.map(({ keyId }) => keyId),
      rows.map(({ sealed }) => Buffer.from(sealed).toString('base64')),
    ],
  );
}

function inboxBinding(id: string): string {
  return `tracking_inbox:${id}`;
}

/** The oldest, in the order of arrival: 500 messages, and the rest of their last row. */
export function readNextRows(tx: Database): Promise<InboxRow[]> {
  return tx.query<InboxRow>(
    `/* tracking.next */
    select id, source, received_at as "receivedAt", on_conflict as "onConflict", key_id as "keyId", sealed
    from (
      select oldest.*, sum(message_count) over (order by id) - message_count as messages_before
      from (
        select id, source, received_at, on_conflict, message_count, key_id, sealed
        from tracking_inbox order by id limit $1
      ) as oldest
    ) as counted
    where messages_before < $1 order by id`,
    [BATCH_MESSAGES],
  );
}

export function openRow({ keyring }: App, row: InboxRow): InboxMessage[] {
  const { id, source, receivedAt, onConflict } = row;
  const messages = JSON.parse(keyring.open(row, inboxBinding(id))) as Message[];
  return messages.map((message) => ({ message, source, receivedAt, onConflict }));
}

/** Within the transaction of their effects. */
export async function removeRows(tx: Database, rows: readonly InboxRow[]): Promise<void> {
  await tx.query(`/* tracking.remove */ delete from tracking_inbox where id = any($1::uuid[])`, [
    rows.map(({ id }) => id),
  ]);
}

/** Messages that wait. */
export async function countWaiting(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `/* tracking.backlog */ select coalesce(sum(message_count), 0) as count from tracking_inbox`,
  );
  return row!.count;
}
