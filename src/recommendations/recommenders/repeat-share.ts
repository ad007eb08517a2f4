/** Share of repeat purchases: how a list is divided between rebuying and discovering. */
import type { History, Interactions } from '../algorithms/interactions.ts';

const MS_PER_DAY = 86_400_000;

/** Strength of the global share as a prior, in purchases. */
const PRIOR_PURCHASES = 10;

interface RepeatCounts {
  /** Purchases (a product on a day) of a product that the customer had bought on an earlier day. */
  readonly repeats: number;
  /** Purchases after the first purchase day, on which nothing can be a repeat. */
  readonly opportunities: number;
}

/** Share over all customers, 0 to 1; 0 if no customer returned. */
export function measureRepeatShare({ byUser, firstAt }: Interactions): number {
  let repeats = 0;
  let opportunities = 0;
  for (let user = 0; user < byUser.rowCount; user += 1) {
    const start = byUser.offsets[user]!;
    const end = byUser.offsets[user + 1]!;
    const counts = countRepeats(byUser.values.subarray(start, end), firstAt.subarray(start, end));
    repeats += counts.repeats;
    opportunities += counts.opportunities;
  }
  return opportunities === 0 ? 0 : repeats / opportunities;
}

/** Posterior mean of the customer's share, with the global share as prior: 0 to 1. */
export function estimateRepeatShare({ daysBought, firstAt }: History, overallShare: number): number {
  const { repeats, opportunities } = countRepeats(daysBought, firstAt);
  return (repeats + PRIOR_PURCHASES * overallShare) / (opportunities + PRIOR_PURCHASES);
}

function countRepeats(daysBought: Float32Array, firstAt: Float64Array): RepeatCounts {
  let firstDay = Number.POSITIVE_INFINITY;
  let repeats = 0;
  let opportunities = 0;
  let onFirstDay = 0;
  for (let entry = 0; entry < daysBought.length; entry += 1) {
    const day = Math.floor(firstAt[entry]! / MS_PER_DAY);
    if (day < firstDay) {
      firstDay = day;
      onFirstDay = 0;
    }
    if (day === firstDay) onFirstDay += 1;
    repeats += daysBought[entry]! - 1;
    opportunities += daysBought[entry]!;
  }
  return { repeats, opportunities: opportunities - onFirstDay };
}
