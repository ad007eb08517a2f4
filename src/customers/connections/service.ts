/** Writes and rules for connections between customers. Creates no customer. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { DEADLOCK, retryOn } from '#platform/database/retry.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { readPastInstant } from '#platform/input/instants.ts';
import { readKey } from '#platform/input/text.ts';

import { findCustomerIds } from '../identity/find-many.ts';
import type { CustomerLookup } from '../identity/lookup.ts';
import { lockCustomers } from '../identity/customer-rows.ts';
import { type ConnectionKind, type Pair, pairKey } from './connection.ts';
import { deletePairs, readPairs, type StoredPair, writePairs } from './rows.ts';

export const MAX_CONNECTIONS = 1000;

export interface PairInput {
  readonly kind: ConnectionKind;
  /** The referrer, or the follower; either side of a household. */
  readonly from: CustomerLookup;
  readonly to: CustomerLookup;
}

export interface ConnectionInput extends PairInput {
  readonly source: string;
  /** Null and a missing value keep the known one. */
  readonly beganAt?: Date | null | undefined;
}

/** A connection between customers with known ids. */
export interface KnownConnection extends Pair {
  readonly source: string;
  readonly beganAt: Date | null;
}

/** `unknown`: either side does not exist or was erased. `unchanged` also means that both sides are one customer. */
export type ConnectionOutcome = 'created' | 'updated' | 'unchanged' | 'unknown';

/**
 * Records connections. Idempotent; of two with different values the later one wins.
 * @returns the outcome of each
 * @throws {InvalidInputError} for the first invalid one; nothing is written then.
 */
export async function connectCustomers(
  app: App,
  inputs: readonly ConnectionInput[],
): Promise<readonly ConnectionOutcome[]> {
  const at = app.clock();
  const facts = inputs.map(({ source, beganAt }, index) => ({
    source: readKey(`connections.${index}.source`, source, 100),
    beganAt: beganAt == null ? null : readPastInstant(`connections.${index}.beganAt`, beganAt, at),
  }));
  const pairs = await findPairs(app, inputs);
  const known = pairs.flatMap((pair, index) => (pair === null ? [] : [{ ...pair, ...facts[index]! }]));
  const written = await retryOn([DEADLOCK], () =>
    app.db.transaction((tx) => writeConnections(tx, known, at)),
  );
  let position = 0;
  return pairs.map((pair) => (pair === null ? 'unknown' : written[position++]!));
}

export interface Disconnection {
  /** Number of removed connections. */
  readonly removedCount: number;
  /** Zero-based indexes of the inputs with an unknown customer. */
  readonly unknown: readonly number[];
}

/** Removes connections. Idempotent. @throws {InvalidInputError} */
export async function disconnectCustomers(app: App, inputs: readonly PairInput[]): Promise<Disconnection> {
  const pairs = await findPairs(app, inputs);
  const known = pairs.filter((pair) => pair !== null);
  const removedCount = await retryOn([DEADLOCK], () =>
    app.db.transaction(async (tx) => {
      const held = await holdPeople(tx, known);
      return deletePairs(
        tx,
        held.filter((pair) => pair !== null),
      );
    }),
  );
  return { removedCount, unknown: pairs.flatMap((pair, index) => (pair === null ? [index] : [])) };
}

/**
 * As `connectCustomers`, within a transaction and by ids, possibly of customers merged since. At most five statements.
 */
export async function writeConnections(
  tx: Database,
  connections: readonly KnownConnection[],
  at: Date,
): Promise<readonly ConnectionOutcome[]> {
  const held = await holdPeople(tx, connections);
  const present = held.filter((pair) => pair !== null);
  const stored = await readPairs(
    tx,
    present.map(({ fromId }) => fromId),
    present.map(({ toId }) => toId),
  );
  const changed = new Map<string, StoredPair>();
  const outcomes = held.map((pair): ConnectionOutcome => {
    if (pair === null) return 'unknown';
    if (pair.fromId === pair.toId) return 'unchanged';
    const key = pairKey(pair);
    const before = stored.get(key);
    const beganAt = pair.beganAt ?? before?.beganAt ?? null;
    if (before?.source === pair.source && before.beganAt?.getTime() === beganAt?.getTime())
      return 'unchanged';
    const after = { ...pair, beganAt, recordedAt: before?.recordedAt ?? at };
    stored.set(key, after);
    changed.set(key, after);
    return before === undefined ? 'created' : 'updated';
  });
  await writePairs(tx, [...changed.values()], 'replace');
  return outcomes;
}

/** @throws {InvalidInputError} */
async function findPairs(app: App, inputs: readonly PairInput[]): Promise<readonly (Pair | null)[]> {
  if (inputs.length > MAX_CONNECTIONS) {
    throw new InvalidInputError(
      'connections',
      `expected at most ${MAX_CONNECTIONS} connections, got ${inputs.length}`,
    );
  }
  const ids = await findCustomerIds(
    app,
    inputs.flatMap(({ from, to }, index) => [
      { by: from, field: `connections.${index}.from` },
      { by: to, field: `connections.${index}.to` },
    ]),
  );
  return inputs.map(({ kind }, index) => {
    const [fromId = null, toId = null] = ids.slice(2 * index, 2 * index + 2);
    if (fromId === null || toId === null) return null;
    if (fromId !== toId) return { kind, fromId, toId };
    throw new InvalidInputError(`connections.${index}.to`, 'expected two different people, got one twice');
  });
}

/**
 * Locks both sides of every pair until the transaction ends, and resolves merged customers: null where either is gone.
 * Merges and erasures wait, so that no connection is written for a customer who was just removed.
 */
async function holdPeople<Told extends Pair>(
  tx: Database,
  pairs: readonly Told[],
): Promise<readonly (Told | null)[]> {
  const ids = [...new Set(pairs.flatMap(({ fromId, toId }) => [fromId, toId]))];
  const rows = await lockCustomers(tx, ids);
  const targets = new Set(rows.flatMap(({ mergedIntoId }) => mergedIntoId ?? []));
  const living = new Set(
    [...rows, ...(await lockCustomers(tx, [...targets]))]
      .filter(({ mergedIntoId, erasedAt }) => mergedIntoId === null && erasedAt === null)
      .map(({ id }) => id),
  );
  const nowIds = new Map(rows.map(({ id, mergedIntoId }) => [id, mergedIntoId ?? id]));
  return pairs.map((pair) => {
    const [fromId, toId] = [nowIds.get(pair.fromId), nowIds.get(pair.toId)];
    if (fromId === undefined || toId === undefined) return null;
    return living.has(fromId) && living.has(toId) ? { ...pair, fromId, toId } : null;
  });
}
