/** Simplifies boxes that are nearly as good with fewer bounds. */
import type { BinnedTraits, Box, TraitRange } from './equivalent-rule.ts';

/** Maximum total loss of F1 for simplicity. */
const MAX_LOSS = 0.02;

/**
 * Repeatedly removes the bound or box with the least loss, while F1 stays near its original value (as in C4.5rules,
 * Quinlan 1993).
 */
export function shortenBoxes(
  binned: BinnedTraits,
  inside: Uint8Array,
  boxes: readonly Box[],
): readonly Box[] {
  let best = boxes;
  const least = scoreBoxes(binned, inside, boxes) - MAX_LOSS;
  for (;;) {
    let next: { boxes: readonly Box[]; score: number } | undefined;
    for (const shorter of shorterThan(best)) {
      const score = scoreBoxes(binned, inside, shorter);
      if (score >= least && (next === undefined || score > next.score)) next = { boxes: shorter, score };
    }
    if (next === undefined) return best;
    best = next.boxes;
  }
}

/** Every result of removing one bound, or one of several boxes. */
function* shorterThan(boxes: readonly Box[]): Generator<readonly Box[]> {
  for (const [index, box] of boxes.entries()) {
    if (boxes.length > 1) yield boxes.toSpliced(index, 1);
    for (const [position, range] of box.entries()) {
      for (const bound of ['above', 'atMost'] as const) {
        if (range[bound] === null) continue;
        const wider: TraitRange = { ...range, [bound]: null };
        const isFree = wider.above === null && wider.atMost === null;
        const shorter = isFree ? box.toSpliced(position, 1) : box.with(position, wider);
        if (shorter.length > 0) yield boxes.with(index, shorter);
      }
    }
  }
}

/** F1 of the rows in any of the boxes. O(rows × ranges). */
function scoreBoxes(
  { bins, cuts, rowCount }: BinnedTraits,
  inside: Uint8Array,
  boxes: readonly Box[],
): number {
  const found = new Uint8Array(rowCount);
  const fits = new Uint8Array(rowCount);
  for (const box of boxes) {
    fits.fill(1);
    for (const { trait, above, atMost, includesMissing } of box) {
      const column = bins[trait]!;
      const low = above === null ? 0 : cuts[trait]!.indexOf(above) + 1;
      const high = atMost === null ? cuts[trait]!.length : cuts[trait]!.indexOf(atMost);
      for (let row = 0; row < rowCount; row += 1) {
        const bin = column[row]!;
        const isWithin = bin > cuts[trait]!.length ? includesMissing : bin >= low && bin <= high;
        if (!isWithin) fits[row] = 0;
      }
    }
    for (let row = 0; row < rowCount; row += 1) found[row]! |= fits[row]!;
  }
  let [hits, matched, size] = [0, 0, 0];
  for (let row = 0; row < rowCount; row += 1) {
    hits += found[row]! & inside[row]!;
    matched += found[row]!;
    size += inside[row]!;
  }
  return (2 * hits) / (matched + size);
}
