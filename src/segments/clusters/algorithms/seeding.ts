/** Initial centres of k-means. Runs no iteration. */
import type { Metric, Rows } from '#numeric/distance.ts';
import type { Random } from '#numeric/random.ts';

import { costOf } from './assignment.ts';

/**
 * Greedy k-means++ (Arthur, Vassilvitskii 2007): each further centre is the best of 2 + ln(count) rows drawn with
 * probabilities in proportion to their cost so far. O(rows × count × log(count) × columns).
 * @returns row-major, count × columnCount
 */
export function seedCentres(rows: Rows, count: number, metric: Metric, random: Random): Float64Array {
  const { values, rowCount, columnCount } = rows;
  if (count < 1 || count > rowCount) throw new RangeError(`expected 1 to ${rowCount} clusters, got ${count}`);
  const cost = costOf(metric);
  const candidates = 2 + Math.floor(Math.log(count));
  const centres = new Float64Array(count * columnCount);
  let costs = new Float64Array(rowCount).fill(Infinity);
  let trial = new Float64Array(rowCount);
  let best = new Float64Array(rowCount);

  const costsWith = (row: number, target: Float64Array): number => {
    let sum = 0;
    for (let other = 0; other < rowCount; other += 1) {
      const found = cost(values, other * columnCount, values, row * columnCount, columnCount);
      sum += target[other] = Math.min(costs[other]!, found);
    }
    return sum;
  };
  const setCentre = (centre: number, row: number): void => {
    centres.set(values.subarray(row * columnCount, (row + 1) * columnCount), centre * columnCount);
  };

  const first = random.integer(rowCount);
  setCentre(0, first);
  let total = costsWith(first, trial);
  [costs, trial] = [trial, costs];
  for (let centre = 1; centre < count; centre += 1) {
    let bestTotal = Infinity;
    let bestRow = 0;
    for (let candidate = 0; candidate < candidates; candidate += 1) {
      const row = drawByCost(costs, total, random);
      const sum = costsWith(row, trial);
      if (sum < bestTotal) {
        [bestTotal, bestRow] = [sum, row];
        [best, trial] = [trial, best];
      }
    }
    setCentre(centre, bestRow);
    total = bestTotal;
    [costs, best] = [best, costs];
  }
  return centres;
}

/** A uniformly drawn row if every row equals a centre already. */
function drawByCost(costs: Float64Array, total: number, random: Random): number {
  if (!(total > 0)) return random.integer(costs.length);
  let left = random.uniform() * total;
  for (let row = 0; row < costs.length; row += 1) {
    left -= costs[row]!;
    if (left < 0) return row;
  }
  return costs.length - 1;
}
