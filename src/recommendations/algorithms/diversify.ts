/** Reranks a list for diversity. Never adds an item. */

export type DiversityParameters = {
  /** 1 is the original ranking, 0 uses only differences. */
  readonly relevance: number;
  /** Maximum number of items of one category; Infinity for no cap. */
  readonly categoryCap: number;
};

/**
 * Maximal marginal relevance (Carbonell and Goldstein 1998): repeatedly takes the candidate with the largest relevance
 * · score - (1 - relevance) · largest similarity to the taken items. O(count · candidates).
 * @param candidates items, best first
 * @param scores of the candidates in [0, 1], aligned with them
 * @param similarity of two items in [0, 1]
 * @param categoryOf null where an item has none: such items have no cap
 */
export function diversify(
  candidates: Uint32Array,
  scores: Float64Array,
  count: number,
  parameters: DiversityParameters,
  similarity: (left: number, right: number) => number,
  categoryOf: (item: number) => string | null,
): Uint32Array {
  const { relevance, categoryCap } = parameters;
  const nearest = new Float64Array(candidates.length);
  const isOpen = new Uint8Array(candidates.length).fill(1);
  const categoryCounts = new Map<string, number>();
  const taken: number[] = [];
  while (taken.length < count) {
    let best = -1;
    let bestValue = -Infinity;
    for (let candidate = 0; candidate < candidates.length; candidate += 1) {
      if (isOpen[candidate] === 0) continue;
      const value = relevance * scores[candidate]! - (1 - relevance) * nearest[candidate]!;
      if (value > bestValue) [best, bestValue] = [candidate, value];
    }
    if (best < 0) break;
    isOpen[best] = 0;
    const item = candidates[best]!;
    const category = categoryOf(item);
    if (category !== null) {
      const used = categoryCounts.get(category) ?? 0;
      if (used >= categoryCap) continue;
      categoryCounts.set(category, used + 1);
    }
    taken.push(item);
    for (let candidate = 0; candidate < candidates.length; candidate += 1) {
      if (isOpen[candidate] === 1)
        nearest[candidate] = Math.max(nearest[candidate]!, similarity(item, candidates[candidate]!));
    }
  }
  return Uint32Array.from(taken);
}
