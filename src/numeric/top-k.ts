/** Selects the k best of a list of scores without sorting it. */

/**
 * Indexes of the k largest scores, best first; equal scores by the smaller index first. A heap of k with the worst on
 * top: O(n + changes · log k).
 * @param excluded indexes never selected; neither are NaN and -Infinity
 * @returns at most k indexes
 */
export function selectTopK(
  scores: Float64Array | Float32Array,
  k: number,
  excluded?: ReadonlySet<number>,
): Uint32Array {
  const heap = new Uint32Array(Math.max(0, Math.min(k, scores.length)));
  let size = 0;
  let worstScore = -Infinity;

  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index]!;
    // At an equal score the earlier index, already in the heap, is the better one.
    if (size === heap.length ? !(score > worstScore) : !(score > -Infinity)) continue;
    if (excluded?.has(index)) continue;
    if (size < heap.length) {
      heap[size] = index;
      size += 1;
      siftUp(heap, size - 1, scores);
    } else if (size > 0) {
      heap[0] = index;
      siftDown(heap, size, scores);
    }
    if (size === heap.length) worstScore = size > 0 ? scores[heap[0]!]! : Infinity;
  }

  return heap.subarray(0, size).toSorted((left, right) => scores[right]! - scores[left]! || left - right);
}

function isWorse(left: number, right: number, scores: Float64Array | Float32Array): boolean {
  const difference = scores[left]! - scores[right]!;
  return difference < 0 || (difference === 0 && left > right);
}

function siftUp(heap: Uint32Array, start: number, scores: Float64Array | Float32Array): void {
  const moved = heap[start]!;
  let slot = start;
  while (slot > 0) {
    const parent = (slot - 1) >> 1;
    if (!isWorse(moved, heap[parent]!, scores)) break;
    heap[slot] = heap[parent]!;
    slot = parent;
  }
  heap[slot] = moved;
}

function siftDown(heap: Uint32Array, size: number, scores: Float64Array | Float32Array): void {
  const moved = heap[0]!;
  let slot = 0;
  for (;;) {
    let child = 2 * slot + 1;
    if (child >= size) break;
    if (child + 1 < size && isWorse(heap[child + 1]!, heap[child]!, scores)) child += 1;
    if (!isWorse(heap[child]!, moved, scores)) break;
    heap[slot] = heap[child]!;
    slot = child;
  }
  heap[slot] = moved;
}
