/** Items that a customer will buy again, from purchase days alone. Never proposes an item never bought. */

import { type SparseMatrix } from '#numeric/sparse.ts';
import { type History, type Interactions } from './interactions.ts';

const MS_PER_DAY = 86_400_000;

export type RebuyParameters = {
  /** Pulls the prior mean of an item towards that of all items; counted in buyers. */
  readonly priorShrinkage: number;
  /** How fast a score fades once the usual gap has passed: 0 never, 1 by 1/e per further gap. */
  readonly fading: number;
};

export const REBUY_DEFAULTS: RebuyParameters = { priorShrinkage: 20, fading: 0 };

/** Beta priors of the chance that a buyer of the item buys it on a purchase day. */
export type RebuyModel = {
  /** Mean of the prior per item, length items. */
  readonly priorMeans: Float64Array;
  /** Purchase days that the prior is worth: alpha + beta, one for all items. */
  readonly priorStrength: number;
  /** Usual days between two purchases of the item by one customer, length items. */
  readonly gapDays: Float64Array;
  readonly parameters: RebuyParameters;
};

/** The two summands of a posterior mean, and what they rest on. */
export type RebuyExplanation = {
  /** What the customer's own purchase days add to the score. */
  readonly own: number;
  /** What other buyers of the item add to it. */
  readonly prior: number;
  readonly daysBought: number;
  readonly dayCount: number;
  /** NaN where no time is known. */
  readonly daysSinceLast: number;
  readonly usualGapDays: number;
};

/** Fits the priors by moments (Skellam 1948). Values of `byUser` are days bought; O(entries). */
export function trainRebuy(interactions: Interactions, parameters: RebuyParameters): RebuyModel {
  const { byUser, dayCounts } = interactions;
  const bought = new Float64Array(byUser.columnCount);
  const days = new Float64Array(byUser.columnCount);
  const buyers = new Float64Array(byUser.columnCount);
  forEachEntry(byUser, (user, item, slot) => {
    bought[item]! += byUser.values[slot]!;
    days[item]! += dayCounts[user]!;
    buyers[item]! += 1;
  });
  const overallMean = sum(bought) / sum(days);
  const daysPerBuyer = sum(days) / sum(buyers);

  const weight = parameters.priorShrinkage * daysPerBuyer;
  const priorMeans = bought.map((count, item) => (count + weight * overallMean) / (days[item]! + weight));
  const priorStrength = fitStrength(interactions, priorMeans);
  return { priorMeans, priorStrength, gapDays: fitGaps(interactions, parameters.priorShrinkage), parameters };
}

/**
 * Posterior mean (alpha + days bought) / (alpha + beta + purchase days), faded once the usual gap has passed.
 * @param now ms since 1970
 * @returns length items; -Infinity for items never bought
 */
export function scoreRebuy(model: RebuyModel, history: History, now: number): Float64Array {
  const scores = new Float64Array(model.priorMeans.length).fill(-Infinity);
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    if (!(history.daysBought[entry]! > 0)) continue;
    const { own, prior } = explainEntry(model, history, entry, now);
    scores[history.itemIndices[entry]!] = own + prior;
  }
  return scores;
}

/** The parts of one score, own + prior; null for an item never bought. */
export function explainRebuy(
  model: RebuyModel,
  history: History,
  itemIndex: number,
  now: number,
): RebuyExplanation | null {
  const entry = history.itemIndices.indexOf(itemIndex);
  return entry >= 0 && history.daysBought[entry]! > 0 ? explainEntry(model, history, entry, now) : null;
}

function explainEntry(model: RebuyModel, history: History, entry: number, now: number): RebuyExplanation {
  const item = history.itemIndices[entry]!;
  const daysBought = history.daysBought[entry]!;
  const daysSinceLast = (now - history.lastAt[entry]!) / MS_PER_DAY;
  const usualGapDays = estimateGap(model, history, entry);
  // Not yet due and overdue by less than a gap both count in full: customers stock up and run late.
  const gapsLate = Math.max(0, daysSinceLast / usualGapDays - 1);
  const kept = Number.isNaN(gapsLate) ? 1 : Math.exp(-model.parameters.fading * gapsLate);
  const total = model.priorStrength + history.dayCount;
  return {
    own: (kept * daysBought) / total,
    prior: (kept * model.priorMeans[item]! * model.priorStrength) / total,
    daysBought,
    dayCount: history.dayCount,
    daysSinceLast,
    usualGapDays,
  };
}

/** The customer's own gaps where there are some, with the item's usual gap as one more observation. */
function estimateGap(model: RebuyModel, history: History, entry: number): number {
  const ownGaps = history.daysBought[entry]! - 1;
  const spanDays = (history.lastAt[entry]! - history.firstAt[entry]!) / MS_PER_DAY;
  const itemGap = model.gapDays[history.itemIndices[entry]!]!;
  return ownGaps > 0 && spanDays >= 0 ? (spanDays + itemGap) / (ownGaps + 1) : itemGap;
}

/**
 * Under the model Var(rate) = m(1 - m) · (rho + (1 - rho) / n) with rho = 1 / (strength + 1): solves the sum of
 * squared deviations for rho.
 */
function fitStrength({ byUser, dayCounts }: Interactions, priorMeans: Float64Array): number {
  let squares = 0;
  let binomial = 0;
  let excess = 0;
  forEachEntry(byUser, (user, item, slot) => {
    const mean = priorMeans[item]!;
    const days = dayCounts[user]!;
    const spread = mean * (1 - mean);
    squares += (byUser.values[slot]! / days - mean) ** 2;
    binomial += spread / days;
    excess += spread * (1 - 1 / days);
  });
  const rho = Math.min(0.99, Math.max(0.001, (squares - binomial) / excess || 0));
  return 1 / rho - 1;
}

function fitGaps({ byUser, firstAt, lastAt }: Interactions, shrinkage: number): Float64Array {
  const spans = new Float64Array(byUser.columnCount);
  const gaps = new Float64Array(byUser.columnCount);
  forEachEntry(byUser, (_, item, slot) => {
    const spanDays = (lastAt[slot]! - firstAt[slot]!) / MS_PER_DAY;
    if (!(byUser.values[slot]! > 1 && spanDays > 0)) return;
    spans[item]! += spanDays;
    gaps[item]! += byUser.values[slot]! - 1;
  });
  const overall = sum(spans) / sum(gaps);
  return spans.map((span, item) => (span + shrinkage * overall) / (gaps[item]! + shrinkage));
}

function forEachEntry(
  matrix: SparseMatrix,
  visit: (row: number, column: number, slot: number) => void,
): void {
  for (let row = 0; row < matrix.rowCount; row += 1) {
    for (let slot = matrix.offsets[row]!; slot < matrix.offsets[row + 1]!; slot += 1)
      visit(row, matrix.columns[slot]!, slot);
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
