/** Takes rejected messages in once more, as after a change of what made them unusable. */
import { ensureEventPartitions } from '#events/partitions.ts';
import type { App } from '#platform/app.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';

import { inboxOf } from './inbox.ts';
import { ledgerId, type Message, objectOf, readMessage } from './message.ts';
import { applyPlan } from './plans/apply.ts';
import { type ActivePlan, activePlans } from './plans/service.ts';
import { checkUsable, storeMessages } from './receive.ts';
import { deleteRejects, lockRejects, openReject, type RejectRow } from './rejects.ts';

const MAX_REPLAYED = 1_000;

export interface Replay {
  /** Rejects that are messages again, and wait to be worked off. */
  readonly replayedCount: number;
  /** Rejects that still cannot be used, with the reason now. */
  readonly kept: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Their times stay as they were corrected when they came. A reject that is gone, or whose message the source has sent
 * again meanwhile, changes nothing.
 * @throws {InvalidInputError} no id, or too many
 */
export async function replayRejects(app: App, ids: readonly string[]): Promise<Replay> {
  if (ids.length === 0 || ids.length > MAX_REPLAYED || !ids.every(isUuid)) {
    throw new InvalidInputError('ids', `expected 1 to ${MAX_REPLAYED} ids as in TrackingReject.id`);
  }
  const plans = await activePlans(app);
  // The transaction can make none.
  await ensureEventPartitions(app, await timesOf(app, ids, plans));
  const replay = await app.db.transaction(async (tx): Promise<Replay> => {
    const kept: { id: string; reason: string }[] = [];
    let replayedCount = 0;
    for (const row of await lockRejects(tx, ids)) {
      const message = readAgain(app, row, plans);
      if (message instanceof InvalidInputError) {
        kept.push({ id: row.id, reason: `${message.field}: ${message.message}` });
        continue;
      }
      const messages = new Map([[ledgerId(row.source, message.messageId), message]]);
      await storeMessages(app, tx, row, messages);
      replayedCount += 1;
    }
    const keptIds = new Set(kept.map(({ id }) => id));
    await deleteRejects(
      tx,
      ids.filter((id) => !keptIds.has(id.toLowerCase())),
    );
    return { replayedCount, kept };
  });
  inboxOf(app).wake(replay.replayedCount);
  return replay;
}

async function timesOf(app: App, ids: readonly string[], plans: Plans): Promise<number[]> {
  const rows = await app.db.transaction((tx) => lockRejects(tx, ids));
  return rows.flatMap((row) => {
    const message = readAgain(app, row, plans);
    return message instanceof InvalidInputError ? [] : [Date.parse(message.at)];
  });
}

type Plans = ReadonlyMap<string, ActivePlan>;

function readAgain(app: App, row: RejectRow, plans: Plans): Message | InvalidInputError {
  const value = openReject(app, row);
  try {
    // Messages of a batch name their type, others have it from their address.
    const type = objectOf(value)?.['type'] === undefined ? row.type : undefined;
    const told = readMessage(type === undefined ? value : { ...(value as object), type }, undefined, {
      receivedAt: row.receivedAt,
      sentAt: null,
      context: null,
    });
    const { message } = applyPlan(plans, told);
    checkUsable(app, message, row.source);
    return message;
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
}
