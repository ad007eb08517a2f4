/** What the models see of a customer: days with purchases, read from a profile. Knows no parameters. */
import type { ProfileRow } from '#profiles/queries.ts';

const DAY_MS = 86_400_000;

/**
 * Purchases are days with at least one sale (UTC), as in the data that the models were made for: two orders of one day
 * are one decision. Times are whole days since the first of them.
 */
export interface CustomerHistory {
  /** x: purchase days after the first. */
  readonly repeatCount: number;
  /** t_x: the last purchase day. */
  readonly lastTime: number;
  /** T: the day up to which the customer was observed; no earlier than the last purchase day. */
  readonly age: number;
  /** Revenue less returns per purchase day, in units of the currency; 0 where returns took it all. */
  readonly meanSpend: number;
}

export type HistoryFacts = Pick<ProfileRow, 'firstOrderAt' | 'lastOrderAt' | 'averageGapDays' | 'revenue'>;

/** Null without a sale. */
export function readHistory(profile: HistoryFacts, observedTo: Date): CustomerHistory | null {
  const { firstOrderAt, lastOrderAt, averageGapDays, revenue } = profile;
  if (firstOrderAt === null || lastOrderAt === null) return null;
  const firstDay = dayOf(firstOrderAt);
  const lastTime = dayOf(lastOrderAt) - firstDay;
  // The gap is the days from the first purchase day to the last over the gaps between, so that this is a whole number.
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
