/** Global popularity: the fallback for customers without a history. */

import { type Interactions } from './interactions.ts';

const MS_PER_DAY = 86_400_000;

export type PopularityParameters = {
  /** Half-life of an interaction's weight in `recent`. */
  readonly halfLifeDays: number;
  /** Number of users at which a group's share and the global share have equal weight. */
  readonly groupShrinkage: number;
};

export const POPULARITY_DEFAULTS: PopularityParameters = { halfLifeDays: 30, groupShrinkage: 20 };

export type PopularityModel = {
  /** Share of users who have the item, length items. */
  readonly overall: Float64Array;
  /** Users who have the item, weighted by the age of their last interaction with it, length items. */
  readonly recent: Float64Array;
  /** Groups × items, row-major: share within a country or segment, shrunk towards the overall share. */
  readonly byGroup: Float64Array;
  readonly groupCount: number;
};

/**
 * @param now reference of ages, ms since 1970
 * @param groups the group of every user, such as a country; -1 for none
 */
export function trainPopularity(
  { byUser, lastAt }: Interactions,
  parameters: PopularityParameters,
  now: number,
  groups: Int32Array = new Int32Array(byUser.rowCount).fill(-1),
): PopularityModel {
  const itemCount = byUser.columnCount;
  const overall = new Float64Array(itemCount);
  const recent = new Float64Array(itemCount);
  const groupCount = groups.reduce((largest, group) => Math.max(largest, group), -1) + 1;
  const byGroup = new Float64Array(groupCount * itemCount);
  const groupSizes = new Float64Array(groupCount);

  for (let user = 0; user < byUser.rowCount; user += 1) {
    const group = groups[user]!;
    if (group >= 0) groupSizes[group]! += 1;
    for (let slot = byUser.offsets[user]!; slot < byUser.offsets[user + 1]!; slot += 1) {
      const item = byUser.columns[slot]!;
      overall[item]! += 1 / byUser.rowCount;
      const ageDays = (now - lastAt[slot]!) / MS_PER_DAY;
      if (ageDays >= 0) recent[item]! += 0.5 ** (ageDays / parameters.halfLifeDays);
      if (group >= 0) byGroup[group * itemCount + item]! += 1;
    }
  }
  // Posterior mean of the share with the overall share as prior.
  for (let group = 0; group < groupCount; group += 1) {
    for (let item = 0; item < itemCount; item += 1) {
      const cell = group * itemCount + item;
      byGroup[cell] =
        (byGroup[cell]! + parameters.groupShrinkage * overall[item]!) /
        (groupSizes[group]! + parameters.groupShrinkage);
    }
  }
  return { overall, recent, byGroup, groupCount };
}

/** Scores of all items: within the customer's group where it is known, else overall. */
export function scorePopularity(model: PopularityModel, group = -1): Float64Array {
  if (group < 0 || group >= model.groupCount) return model.overall.slice();
  const itemCount = model.overall.length;
  return model.byGroup.slice(group * itemCount, (group + 1) * itemCount);
}
