/** The models' input for a customer: days with purchases, read from a profile. */
import type { ProfileRow } from '#profiles/queries.ts';

const DAY_MS = 86_400_000;

/**
 * Purchases are days with at least one sale (UTC), as in the data for which the models were developed: two orders of
 * one day are one decision. Times are whole days since the first of them.
 */
export interface CustomerHistory {
  /** x: purchase days after the first. */
  readonly repeatCount: number;
  /** t_x: the last purchase day. */
  readonly lastTime: number;
  /** T: last day of the observation; not before the last purchase day. */
  readonly age: number;
  /** Revenue minus returns per purchase day, in units of the currency; 0 where it would be negative. */
  readonly meanSpend: number;
}

export type HistoryFacts = Pick<ProfileRow, 'firstOrderAt' | 'lastOrderAt' | 'averageGapDays' | 'revenue'>;

/** Null without a sale. */
export function readHistory(profile: HistoryFacts, observedTo: Date): CustomerHistory | null {
  const { firstOrderAt, lastOrderAt, averageGapDays, revenue } = profile;
  if (firstOrderAt === null || lastOrderAt === null) return null;
  const firstDay = dayOf(firstOrderAt);
  const lastTime = dayOf(lastOrderAt) - firstDay;
  // The mean gap is the number of days from the first purchase day to the last divided by the number of gaps, so this
  // is an integer.
  const repeatCount = averageGapDays === null ? 0 : Math.round(lastTime / averageGapDays);
  return {
    repeatCount,
    lastTime,
    age: Math.max(lastTime, dayOf(observedTo) - firstDay),
    meanSpend: Math.max(0, Number(revenue)) / (repeatCount + 1),
  };
}

function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS);
}
