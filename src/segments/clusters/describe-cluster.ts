/** Differences between a cluster and all customers, in numbers and in words. */
import type { Rows } from '#numeric/distance.ts';

import { restoreValue, type TraitPreparation } from './preparation.ts';

/** A cluster on one trait, compared with all customers of the computation. */
export interface ClusterTrait {
  readonly trait: string;
  /** The centre in the unit of the trait: for logged traits closer to the median than to the mean. */
  readonly centre: number;
  /** Arithmetic mean of the customers with a value, not winsorised; null if none has one. */
  readonly mean: number | null;
  /** The same for all customers. */
  readonly overallMean: number | null;
  readonly overallCentre: number;
  /** Distance between the centre and that of all customers, in standard deviations of the prepared trait. */
  readonly difference: number;
}

const NOTABLE = 0.5;
const STRONG = 1;
const NAMED_TRAITS = 2;

/** Mean of each prepared column over the rows of a cluster; 0 over all rows. */
export function centreOf({ values, columnCount }: Rows, members: Uint32Array): Float64Array {
  const centre = new Float64Array(columnCount);
  for (const row of members) {
    for (let column = 0; column < columnCount; column += 1) {
      centre[column]! += values[row * columnCount + column]! / members.length;
    }
  }
  return centre;
}

/** Strongest difference first. @param columns raw columns of the used traits, in the order of the centre */
export function compareTraits(
  centre: Float64Array,
  used: readonly TraitPreparation[],
  columns: readonly Float64Array[],
  members: Uint32Array,
): ClusterTrait[] {
  return used
    .map((preparation, index) => ({
      trait: preparation.trait,
      centre: restoreValue(centre[index]!, preparation),
      mean: meanOfKnown(Float64Array.from(members, (row) => columns[index]![row]!)),
      overallMean: meanOfKnown(columns[index]!),
      overallCentre: restoreValue(0, preparation),
      difference: centre[index]!,
    }))
    .toSorted((left, right) => Math.abs(right.difference) - Math.abs(left.difference));
}

function meanOfKnown(values: Float64Array): number | null {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count > 0 ? sum / count : null;
}

/** A short name, such as `High amount spent, low recency days`. */
export function nameCluster(traits: readonly ClusterTrait[]): string {
  const notable = traits.filter(({ difference }) => Math.abs(difference) >= NOTABLE).slice(0, NAMED_TRAITS);
  if (notable.length === 0) return 'Near the average';
  const text = notable
    .map(({ trait, difference }) => `${difference > 0 ? 'high' : 'low'} ${words(trait)}`)
    .join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A sentence with the numbers behind the name. */
export function describeCluster(traits: readonly ClusterTrait[], share: number): string {
  const notable = traits.filter(({ difference }) => Math.abs(difference) >= NOTABLE);
  const people = `${formatNumber(share * 100)} % of the people`;
  if (notable.length === 0) return `${people}, on no trait far from the others.`;
  const parts = notable.map(
    ({ trait, difference, centre, overallCentre }) =>
      `${words(trait)} ${Math.abs(difference) >= STRONG ? 'much ' : ''}${difference > 0 ? 'higher' : 'lower'} (typically ${formatNumber(centre)}, of all ${formatNumber(overallCentre)})`,
  );
  return `${people}: ${parts.join('; ')}.`;
}

function words(trait: string): string {
  return trait.replaceAll(/[_.]/g, ' ');
}

/** Three significant digits: 0.123, 12.3, 1,230. */
export function formatNumber(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 6 });
}
