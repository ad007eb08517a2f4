/** Answers of calls that carry a key, so that the same call sent again does nothing a second time. Knows no operation. */
import { createHash } from 'node:crypto';

import type { App } from './app.ts';
import type { Database } from './database/database.ts';
import { InvalidInputError } from './errors.ts';
import { readKey } from './input/text.ts';

/** A call is known at least this long. */
export const IDEMPOTENCY_HOURS = 24;
const MAX_KEY_LENGTH = 200;

export interface KeyedCall {
  /** Name of the operation. */
  readonly operation: string;
  /** Id of the caller: keys of two callers are different. */
  readonly caller: string;
  readonly key: string;
  /** All that decides what the call does. */
  readonly input: unknown;
}

/**
 * Runs `work` in the transaction, or answers what it returned when the same call came first. A call that is under way is
 * waited for; one that failed left nothing behind.
 * @param work returns JSON without contact data, which is stored
 * @throws {InvalidInputError} a key of no use, or one of another input
 */
export async function runOncePerKey<T>(
  { keyring }: Pick<App, 'keyring'>,
  tx: Database,
  { operation, caller, key, input }: KeyedCall,
  at: Date,
  work: () => Promise<T>,
): Promise<T> {
  const name = readKey('idempotencyKey', key, MAX_KEY_LENGTH);
  const hash = createHash('sha256').update([operation, caller, name].join('\u0000')).digest();
  // Keyed, as the input holds contact data.
  const inputHash = keyring.hash('call', JSON.stringify(input));
  const claimed = await tx.query(
    `/* idempotency.claim */
    insert into idempotency_keys (key_hash, input_hash, created_at)
    values (decode($1, 'hex'), decode($2, 'hex'), $3::timestamptz)
    on conflict (key_hash) do nothing returning 1`,
    [hash.toString('hex'), inputHash.toString('hex'), at],
  );
  if (claimed.length > 0) {
    const result = await work();
    await tx.query(
      `/* idempotency.keep */
      update idempotency_keys set result = $2::text::jsonb where key_hash = decode($1, 'hex')`,
      [hash.toString('hex'), JSON.stringify(result)],
    );
    return result;
  }
  const [known] = await tx.query<{ inputHash: string; result: string }>(
    `/* idempotency.read */
    select encode(input_hash, 'hex') as "inputHash", result::text from idempotency_keys
    where key_hash = decode($1, 'hex')`,
    [hash.toString('hex')],
  );
  // Forgotten between the two statements: as good as a serialisation failure, and as rare.
  if (known === undefined) throw new Error('the idempotency key was forgotten while it was used');
  if (known.inputHash !== inputHash.toString('hex')) {
    const message = 'expected a new key: another input came with this one, and a key stands for one input';
    throw new InvalidInputError('idempotencyKey', message);
  }
  return JSON.parse(known.result) as T;
}

/** Forgets calls that came `IDEMPOTENCY_HOURS` ago. @returns how many */
export async function forgetOldCalls(db: Database, now: Date): Promise<number> {
  const rows = await db.query(
    `/* idempotency.forget */ delete from idempotency_keys where created_at < $1::timestamptz returning 1`,
    [new Date(now.getTime() - IDEMPOTENCY_HOURS * 3_600_000)],
  );
  return rows.length;
}
