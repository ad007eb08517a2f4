/** Membership of a cluster as a few conditions on traits, found by a small decision tree. Knows no rule language. */
import { shortenBoxes } from './shorten-boxes.ts';

/**
 * Above `above`, at most `atMost`; customers without a value only if `includesMissing`. Null is unbounded.
 */
export interface TraitRange {
  readonly trait: number;
  readonly above: number | null;
  readonly atMost: number | null;
  readonly includesMissing: boolean;
}

/** Conjunction of the ranges. Empty: all customers. */
export type Box = readonly TraitRange[];

/** Raw columns binned at round numbers, once for the rules of all clusters. */
export interface BinnedTraits {
  readonly rowCount: number;
  /** Ascending; bin b of a trait contains values above cuts[b - 1] and up to cuts[b]. */
  readonly cuts: readonly Float64Array[];
  /** Per trait the bin of each row; `MISSING` without a value. */
  readonly bins: readonly Uint8Array[];
}

const MAX_CUTS = 64;
const MISSING = 255;
const MAX_DEPTH = 4;
const MIN_LEAF = 5;
/** A further box must improve F1 by this much. */
const MIN_GAIN = 0.01;

/**
 * @param columns one per trait, NaN where missing
 * @param isWhole per trait whether its cuts must be integers
 */
export function binTraits(columns: readonly Float64Array[], isWhole: readonly boolean[]): BinnedTraits {
  const cuts = columns.map((column, trait) => roundCuts(column, isWhole[trait]!));
  const bins = columns.map((column, trait) => Uint8Array.from(column, (value) => binOf(value, cuts[trait]!)));
  return { rowCount: columns[0]?.length ?? 0, cuts, bins };
}

/** Quantiles of the values, rounded to two digits for readable rules. */
function roundCuts(column: Float64Array, isWhole: boolean): Float64Array {
  const sorted = column.filter((value) => !Number.isNaN(value)).toSorted();
  const rounded = Array.from({ length: MAX_CUTS }, (_, index) => {
    const value = sorted[Math.floor(((index + 1) / (MAX_CUTS + 1)) * sorted.length)] ?? 0;
    return isWhole ? Math.round(Number(value.toPrecision(3))) : Number(value.toPrecision(2));
  });
  return Float64Array.from(new Set(rounded)).toSorted();
}

function binOf(value: number, cuts: Float64Array): number {
  if (Number.isNaN(value)) return MISSING;
  let bin = 0;
  while (bin < cuts.length && value > cuts[bin]!) bin += 1;
  return bin;
}

interface Leaf {
  readonly box: Box;
  readonly inside: number;
  readonly outside: number;
}

/**
 * Grows a tree by the Gini index (Breiman, Friedman, Olshen, Stone 1984) and selects the leaves that together have the
 * best F1, purest first, simplified. O(depth × rows × traits).
 * @returns boxes of which a row must be in one; empty where no box separates the cluster
 */
export function findBoxes(binned: BinnedTraits, isInside: (row: number) => boolean): readonly Box[] {
  const inside = Uint8Array.from({ length: binned.rowCount }, (_, row) => (isInside(row) ? 1 : 0));
  const rows = Uint32Array.from(inside.keys());
  const total = inside.reduce((sum, flag) => sum + flag, 0);
  const leaves = growLeaves(binned, inside, rows, [], MAX_DEPTH).toSorted(
    (left, right) => purity(right) - purity(left) || right.inside - left.inside,
  );
  const kept: Box[] = [];
  let [hits, misses, best] = [0, 0, 0];
  for (const leaf of leaves) {
    const f1 = (2 * (hits + leaf.inside)) / (total + hits + leaf.inside + misses + leaf.outside);
    if (f1 < best + MIN_GAIN) continue;
    [hits, misses, best] = [hits + leaf.inside, misses + leaf.outside, f1];
    kept.push(leaf.box);
  }
  return shortenBoxes(binned, inside, kept);
}

function purity({ inside, outside }: Leaf): number {
  return inside / (inside + outside);
}

function growLeaves(
  binned: BinnedTraits,
  inside: Uint8Array,
  rows: Uint32Array,
  box: Box,
  depth: number,
): Leaf[] {
  const count = rows.reduce((sum, row) => sum + inside[row]!, 0);
  const leaf: Leaf = { box, inside: count, outside: rows.length - count };
  if (depth === 0 || leaf.inside === 0 || leaf.outside === 0) return [leaf];
  const split = bestSplit(binned, inside, rows, count);
  if (split === null) return [leaf];
  const bins = binned.bins[split.trait]!;
  const isBelow = (row: number): boolean =>
    bins[row] === MISSING ? split.isMissingBelow : bins[row]! <= split.bin;
  const cut = binned.cuts[split.trait]![split.bin]!;
  const below = narrow(box, {
    trait: split.trait,
    above: null,
    atMost: cut,
    includesMissing: split.isMissingBelow,
  });
  const above = narrow(box, {
    trait: split.trait,
    above: cut,
    atMost: null,
    includesMissing: !split.isMissingBelow,
  });
  const leaves = [
    ...growLeaves(binned, inside, rows.filter(isBelow), below, depth - 1),
    ...growLeaves(
      binned,
      inside,
      rows.filter((row) => !isBelow(row)),
      above,
      depth - 1,
    ),
  ];
  // If all leaves have the same class as their parent, the parent replaces them.
  const sides = new Set(leaves.map((each) => purity(each) >= 0.5));
  return sides.size === 1 ? [leaf] : leaves;
}

function narrow(box: Box, range: TraitRange): Box {
  const before = box.find(({ trait }) => trait === range.trait);
  if (before === undefined) return [...box, range];
  const joined: TraitRange = {
    trait: range.trait,
    above: range.above ?? before.above,
    atMost: range.atMost ?? before.atMost,
    includesMissing: range.includesMissing && before.includesMissing,
  };
  return box.map((each) => (each === before ? joined : each));
}

interface Split {
  readonly trait: number;
  readonly bin: number;
  readonly isMissingBelow: boolean;
}

/** Null where no split with enough rows on both sides reduces the impurity. */
function bestSplit(
  { bins, cuts }: BinnedTraits,
  inside: Uint8Array,
  rows: Uint32Array,
  insideCount: number,
): Split | null {
  let best: Split | null = null;
  let minImpurity = impurity(insideCount, rows.length) * (1 - 1e-6);
  const counts = new Float64Array(MISSING + 1);
  const insides = new Float64Array(MISSING + 1);
  for (const [trait, traitBins] of bins.entries()) {
    counts.fill(0);
    insides.fill(0);
    for (const row of rows) {
      counts[traitBins[row]!]! += 1;
      insides[traitBins[row]!]! += inside[row]!;
    }
    // Without missing values both variants would be equal.
    for (const isMissingBelow of counts[MISSING]! > 0 ? [false, true] : [false]) {
      let below = isMissingBelow ? counts[MISSING]! : 0;
      let insideBelow = isMissingBelow ? insides[MISSING]! : 0;
      for (let bin = 0; bin < cuts[trait]!.length; bin += 1) {
        below += counts[bin]!;
        insideBelow += insides[bin]!;
        if (below < MIN_LEAF || rows.length - below < MIN_LEAF) continue;
        const found = impurity(insideBelow, below) + impurity(insideCount - insideBelow, rows.length - below);
        if (found < minImpurity) {
          minImpurity = found;
          best = { trait, bin, isMissingBelow };
        }
      }
    }
  }
  return best;
}

/** Gini index times rows. */
function impurity(inside: number, count: number): number {
  return (2 * inside * (count - inside)) / count;
}
