/** Summary statistics of samples and their uncertainty. */

import { type Random } from './random.ts';

export type Interval = { readonly low: number; readonly high: number };

/** NaN for an empty sample. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index]!;
  return sum / values.length;
}

/** Sample variance (divides by n - 1), 0 for fewer than two values. */
export function variance(values: ArrayLike<number>): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += (values[index]! - centre) ** 2;
  return sum / (values.length - 1);
}

/**
 * Quantile with linear interpolation between order statistics (Hyndman and Fan 1996, type 7).
 * @param probability 0 to 1
 * @returns NaN for an empty sample
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  const sorted = Float64Array.from(values).toSorted();
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/**
 * Percentile bootstrap interval of the mean (Efron 1979). O(resamples × n).
 * Given paired differences it is the paired bootstrap of their mean.
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  random: Random,
  { resamples = 1000, confidence = 0.95 } = {},
): Interval {
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample += 1) {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw += 1) sum += values[random.integer(values.length)]!;
    means[resample] = sum / values.length;
  }
  const tail = (1 - confidence) / 2;
  return { low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

/** Standardises scores in place: (score - mean) / standard deviation; equal scores become 0. */
export function standardise(scores: Float64Array): Float64Array {
  const centre = mean(scores);
  const deviation = Math.sqrt(variance(scores));
  for (let index = 0; index < scores.length; index += 1) {
    scores[index] = deviation > 0 ? (scores[index]! - centre) / deviation : 0;
  }
  return scores;
}
