/** Items that a customer will buy again, from purchase days alone. Never proposes a new item. */

import { type History, historyOf, type Interactions } from './interactions.ts';

const MS_PER_DAY = 86_400_000;

export type RebuyParameters = {
  /** Strength of shrinking the prior mean of an item towards the global one, in buyers. */
  readonly priorShrinkage: number;
  /** Half-life of a score in usual gaps since the last purchase; Infinity ignores time. */
  readonly halfLifeGaps: number;
};

export const REBUY_DEFAULTS: RebuyParameters = { priorShrinkage: 5, halfLifeGaps: 4 };

/** Beta priors of the probability that a buyer of the item buys it again on a purchase day. */
export type RebuyModel = {
  /** Mean of the prior per item, length items. */
  readonly priorMeans: Float64Array;
  /** Strength of the prior in purchase days: alpha + beta, one for all items. */
  readonly priorStrength: number;
  /** Usual days between two purchases of the item by one customer, length items. */
  readonly gapDays: Float64Array;
  readonly parameters: RebuyParameters;
};

/** The two summands of a posterior mean, and their evidence. */
export type RebuyExplanation = {
  /** Contribution of the customer's own purchase days. */
  readonly own: number;
  /** Contribution of other buyers of the item. */
  readonly prior: number;
  readonly daysBought: number;
  readonly dayCount: number;
  /** Purchase days after the first one with the item. */
  readonly laterDays: number;
  /** NaN where no time is known. */
  readonly daysSinceLast: number;
  readonly usualGapDays: number;
};

/**
 * Fits the priors by moments (Skellam 1948). The first purchase only selects the customer: the trials are the
 * customer's later purchase days, of which daysBought - 1 included the item. O(entries · log entries of a user).
 */
export function trainRebuy(interactions: Interactions, parameters: RebuyParameters): RebuyModel {
  const itemCount = interactions.byUser.columnCount;
  const observations = observe(interactions);
  const rebought = new Float64Array(itemCount);
  const trials = new Float64Array(itemCount);
  const buyers = new Float64Array(itemCount);
  for (const { item, successes, trialCount } of observations) {
    rebought[item]! += successes;
    trials[item]! += trialCount;
    buyers[item]! += 1;
  }
  // Half a day in both keeps the prior inside (0, 1) if no customer bought twice.
  const overallMean = (sum(rebought) + 0.5) / (sum(trials) + 1);
  const weight = parameters.priorShrinkage * (sum(trials) / sum(buyers) || 1);
  const priorMeans = rebought.map((count, item) => (count + weight * overallMean) / (trials[item]! + weight));
  return {
    priorMeans,
    priorStrength: fitStrength(observations, priorMeans),
    gapDays: fitGaps(observations, itemCount, parameters.priorShrinkage),
    parameters,
  };
}

/**
 * Posterior mean (alpha + days bought again) / (alpha + beta + purchase days since the first), decayed by the time
 * since the last purchase in usual gaps.
 * @param now ms since 1970; NaN means the customer's last purchase
 * @returns length items; -Infinity for items never bought
 */
export function scoreRebuy(model: RebuyModel, history: History, now: number): Float64Array {
  const scores = new Float64Array(model.priorMeans.length).fill(-Infinity);
  scoreHistory(model, history, now).forEach((score, entry) => {
    scores[history.itemIndices[entry]!] = score;
  });
  return scores;
}

/** As `scoreRebuy`, but with the length of the history: sufficient for a request. */
export function scoreHistory(model: RebuyModel, history: History, now: number): Float64Array {
  const { itemIndices, daysBought, firstAt, lastAt } = history;
  const { priorMeans, priorStrength, gapDays, parameters } = model;
  const scores = countLaterDays(history);
  const askedAt = Number.isNaN(now) ? latestOf(lastAt) : now;
  for (let entry = 0; entry < scores.length; entry += 1) {
    const days = daysBought[entry]!;
    const item = itemIndices[entry]!;
    const total = priorStrength + scores[entry]!;
    const gap = usualGap(days, firstAt[entry]!, lastAt[entry]!, gapDays[item]!);
    const kept = fade((askedAt - lastAt[entry]!) / MS_PER_DAY, gap, parameters);
    scores[entry] =
      days > 0 ? (kept * (days - 1)) / total + (kept * priorMeans[item]! * priorStrength) / total : -Infinity;
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
  if (entry < 0 || !(history.daysBought[entry]! > 0)) return null;
  return explainEntry(model, history, entry, countLaterDays(history)[entry]!, now);
}

function explainEntry(
  model: RebuyModel,
  history: History,
  entry: number,
  laterDays: number,
  now: number,
): RebuyExplanation {
  const daysBought = history.daysBought[entry]!;
  const item = history.itemIndices[entry]!;
  const lastAt = history.lastAt[entry]!;
  const askedAt = Number.isNaN(now) ? latestOf(history.lastAt) : now;
  const daysSinceLast = (askedAt - lastAt) / MS_PER_DAY;
  const usualGapDays = usualGap(daysBought, history.firstAt[entry]!, lastAt, model.gapDays[item]!);
  const kept = fade(daysSinceLast, usualGapDays, model.parameters);
  const total = model.priorStrength + laterDays;
  return {
    own: (kept * (daysBought - 1)) / total,
    prior: (kept * model.priorMeans[item]! * model.priorStrength) / total,
    daysBought,
    dayCount: history.dayCount,
    laterDays,
    daysSinceLast,
    usualGapDays,
  };
}

/** Decay of a score after this time: 1 down to 0; 1 where no time is known. */
function fade(daysSinceLast: number, usualGapDays: number, { halfLifeGaps }: RebuyParameters): number {
  const gaps = Math.max(0, daysSinceLast / usualGapDays);
  return Number.isNaN(gaps) ? 1 : 0.5 ** (gaps / halfLifeGaps);
}

function latestOf(times: Float64Array): number {
  return times.reduce((latest, time) => (time > latest ? time : latest), -Infinity);
}

/** The customer's own gaps if any, with the item's usual gap as one more observation. */
function usualGap(daysBought: number, firstAt: number, lastAt: number, itemGap: number): number {
  const ownGaps = daysBought - 1;
  const spanDays = (lastAt - firstAt) / MS_PER_DAY;
  return ownGaps > 0 && spanDays >= 0 ? (spanDays + itemGap) / (ownGaps + 1) : itemGap;
}

/** One customer's purchases of one item. */
type Observation = {
  readonly item: number;
  /** Purchase days after the first one with the item, and how many of them included it. */
  readonly trialCount: number;
  readonly successes: number;
  /** Days from the first to the last purchase. */
  readonly spanDays: number;
};

function observe(interactions: Interactions): readonly Observation[] {
  const observations: Observation[] = [];
  for (let user = 0; user < interactions.byUser.rowCount; user += 1) {
    const history = historyOf(interactions, user);
    const { itemIndices, daysBought, firstAt, lastAt } = history;
    const laterDays = countLaterDays(history);
    for (let entry = 0; entry < itemIndices.length; entry += 1) {
      observations.push({
        item: itemIndices[entry]!,
        trialCount: laterDays[entry]!,
        successes: daysBought[entry]! - 1,
        spanDays: (lastAt[entry]! - firstAt[entry]!) / MS_PER_DAY,
      });
    }
  }
  return observations;
}

/**
 * Purchase days after the first one with each item. A purchase day is detected by an item whose first or last purchase
 * was on it: a day with only items bought before and after is missed, which is rare. Without times, all other days.
 */
function countLaterDays({ daysBought, firstAt, lastAt, dayCount }: History): Float64Array {
  const size = firstAt.length;
  const counts = new Float64Array(size);
  const days = new Float64Array(size * 2);
  for (let entry = 0; entry < size; entry += 1) {
    counts[entry] = Math.floor(firstAt[entry]! / MS_PER_DAY);
    days[entry] = counts[entry]!;
    days[size + entry] = Math.floor(lastAt[entry]! / MS_PER_DAY);
  }
  days.sort();
  const dayTotal = keepDistinct(days);
  for (let entry = 0; entry < size; entry += 1) {
    const day = counts[entry]!;
    const later = Number.isNaN(day) ? dayCount - 1 : dayTotal - 1 - days.indexOf(day);
    counts[entry] = Math.max(later, daysBought[entry]! - 1);
  }
  return counts;
}

/** Moves the distinct ones of ascending values to the front. @returns their number; NaN is not counted */
function keepDistinct(values: Float64Array): number {
  let size = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (Number.isNaN(value) || (size > 0 && values[size - 1] === value)) continue;
    values[size] = value;
    size += 1;
  }
  return size;
}

/**
 * Under the model Var(rate) = m(1 - m) · (1 + (n - 1) · rho) / n over n trials, with rho = 1 / (strength + 1): solves
 * the sum of squared deviations, weighted by n, for rho.
 */
function fitStrength(observations: readonly Observation[], priorMeans: Float64Array): number {
  let squares = 0;
  let binomial = 0;
  let excess = 0;
  for (const { item, trialCount, successes } of observations) {
    if (trialCount < 1) continue;
    const mean = priorMeans[item]!;
    const spread = mean * (1 - mean);
    squares += trialCount * (successes / trialCount - mean) ** 2;
    binomial += spread;
    excess += spread * (trialCount - 1);
  }
  const rho = Math.min(0.99, Math.max(0.001, (squares - binomial) / excess || 0));
  return 1 / rho - 1;
}

function fitGaps(observations: readonly Observation[], itemCount: number, shrinkage: number): Float64Array {
  const spans = new Float64Array(itemCount);
  const gaps = new Float64Array(itemCount);
  for (const { item, successes, spanDays } of observations) {
    if (!(successes > 0 && spanDays > 0)) continue;
    spans[item]! += spanDays;
    gaps[item]! += successes;
  }
  // If no customer bought anything twice, the usual gap is a month.
  const overall = sum(spans) / sum(gaps) || 30;
  return spans.map((span, item) => (span + shrinkage * overall) / (gaps[item]! + shrinkage));
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
