/** Holds out each customer's last purchase day. */
import type { Baskets } from '../algorithms/baskets.ts';
import type { Interactions } from '../algorithms/interactions.ts';
import type { Sessions, TrainingData } from '../recommenders/recommender.ts';

const DAY_MS = 86_400_000;
/** The purchases of a customer's last day, after an earlier one. */
export interface Case {
  readonly userIndex: number;
  readonly repeats: ReadonlySet<number>;
  readonly discoveries: ReadonlySet<number>;
  /** Start of that day, ms since 1970. */
  readonly askedAtMs: number;
}

export interface Holdout {
  /** Without the last purchase day of every customer with at least two, and without sessions from that day on. */
  readonly data: TrainingData;
  readonly cases: readonly Case[];
}

/** O(interactions). */
export function holdOutLastDay(data: TrainingData): Holdout {
  const { byUser, firstAt, lastAt, dayCounts } = data.interactions;
  const kept: number[] = [];
  const offsets = new Uint32Array(byUser.rowCount + 1);
  const values = byUser.values.slice();
  const keptLastAt = lastAt.slice();
  const keptDayCounts = dayCounts.slice();
  const cases: Case[] = [];
  for (let user = 0; user < byUser.rowCount; user += 1) {
    const start = byUser.offsets[user]!;
    const end = byUser.offsets[user + 1]!;
    const hasTwoDays = dayCounts[user]! > 1;
    let lastDay = Number.NEGATIVE_INFINITY;
    for (let slot = start; slot < end; slot += 1) lastDay = Math.max(lastDay, dayOf(lastAt[slot]!));

    const repeats = new Set<number>();
    const discoveries = new Set<number>();
    for (let slot = start; slot < end; slot += 1) {
      const isOnLastDay = hasTwoDays && dayOf(lastAt[slot]!) === lastDay;
      if (isOnLastDay && dayOf(firstAt[slot]!) === lastDay) {
        discoveries.add(byUser.columns[slot]!);
        continue;
      }
      kept.push(slot);
      if (!isOnLastDay) continue;
      repeats.add(byUser.columns[slot]!);
      values[slot]! -= 1;
      keptLastAt[slot] = data.beforeLastAt[slot]!;
    }
    offsets[user + 1] = kept.length;
    if (!hasTwoDays) continue;
    keptDayCounts[user]! -= 1;
    cases.push({ userIndex: user, repeats, discoveries, askedAtMs: lastDay * DAY_MS });
  }
  const interactions: Interactions = {
    byUser: {
      ...byUser,
      offsets,
      columns: Uint32Array.from(kept, (slot) => byUser.columns[slot]!),
      values: Float32Array.from(kept, (slot) => values[slot]!),
    },
    firstAt: Float64Array.from(kept, (slot) => firstAt[slot]!),
    lastAt: Float64Array.from(kept, (slot) => keptLastAt[slot]!),
    dayCounts: keptDayCounts,
  };
  const askedAt = new Map(cases.map(({ userIndex, askedAtMs }) => [userIndex, askedAtMs]));
  return {
    data: {
      ...data,
      interactions,
      beforeLastAt: new Float64Array(kept.length).fill(Number.NaN),
      baskets: dropBaskets(data.baskets, askedAt),
      sessions: dropSessions(data.sessions, askedAt),
    },
    cases,
  };
}

/** @param askedAt start of the held-out day by user */
function dropBaskets(baskets: Baskets, askedAt: ReadonlyMap<number, number>): Baskets {
  const userOffsets = [0];
  const basketOffsets = [0];
  const itemIndices: number[] = [];
  const times: number[] = [];
  for (let user = 0; user + 1 < baskets.userOffsets.length; user += 1) {
    const end = askedAt.get(user) ?? Number.POSITIVE_INFINITY;
    for (let basket = baskets.userOffsets[user]!; basket < baskets.userOffsets[user + 1]!; basket += 1) {
      if (baskets.times[basket]! >= end) continue;
      for (let slot = baskets.basketOffsets[basket]!; slot < baskets.basketOffsets[basket + 1]!; slot += 1)
        itemIndices.push(baskets.itemIndices[slot]!);
      basketOffsets.push(itemIndices.length);
      times.push(baskets.times[basket]!);
    }
    userOffsets.push(times.length);
  }
  return {
    itemCount: baskets.itemCount,
    userOffsets: Uint32Array.from(userOffsets),
    basketOffsets: Uint32Array.from(basketOffsets),
    itemIndices: Uint32Array.from(itemIndices),
    times: Float64Array.from(times),
  };
}

/** A session of the held-out day would leak its purchases. */
function dropSessions(sessions: Sessions, askedAt: ReadonlyMap<number, number>): Sessions {
  const offsets = [0];
  const itemIndices: number[] = [];
  const kept: number[] = [];
  for (const [session, user] of sessions.userIndices.entries()) {
    if (sessions.times[session]! >= (askedAt.get(user) ?? Number.POSITIVE_INFINITY)) continue;
    for (let slot = sessions.offsets[session]!; slot < sessions.offsets[session + 1]!; slot += 1)
      itemIndices.push(sessions.itemIndices[slot]!);
    offsets.push(itemIndices.length);
    kept.push(session);
  }
  return {
    itemIndices: Uint32Array.from(itemIndices),
    offsets: Uint32Array.from(offsets),
    times: Float64Array.from(kept, (session) => sessions.times[session]!),
    userIndices: Int32Array.from(kept, (session) => sessions.userIndices[session]!),
  };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
