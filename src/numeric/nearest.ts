/** Nearest rows by a k-d tree (Bentley 1975; Friedman, Bentley, Finkel 1977). For few columns: each more makes it less than a scan. */
import { type Distance, distanceOf, type Metric, type Rows } from './distance.ts';

export type NearestRows = {
  /**
   * Distances of the k nearest rows to a point, ascending; fewer where there are fewer rows.
   * @param point holds the coordinates from `start` on; a row of the tree itself counts too, at distance 0
   */
  readonly distances: (point: Float64Array, start: number, k: number) => Float64Array;
};

const LEAF_ROWS = 16;

type Node =
  | { readonly kind: 'leaf'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'split';
      readonly column: number;
      readonly at: number;
      readonly below: Node;
      readonly above: Node;
    };

/**
 * O(rows × log² rows) to build, about O(log rows) to ask.
 * @param rows as `toMetricRows` makes them
 */
export function indexNearest({ values, rowCount, columnCount }: Rows, metric: Metric): NearestRows {
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row);
  const root = build(0, rowCount);
  // For rows of length 1 the cosine grows with the Euclidean distance, which unlike it bounds the gap in one column.
  const distance: Distance = distanceOf(metric === 'cosine' ? 'euclidean' : metric);

  function build(from: number, to: number): Node {
    if (to - from <= LEAF_ROWS) return { kind: 'leaf', from, to };
    const column = widestColumn(from, to);
    const part = order.subarray(from, to);
    part.sort((left, right) => values[left * columnCount + column]! - values[right * columnCount + column]!);
    const middle = (from + to) >> 1;
    const at = values[order[middle]! * columnCount + column]!;
    return { kind: 'split', column, at, below: build(from, middle), above: build(middle, to) };
  }

  function widestColumn(from: number, to: number): number {
    let widest = 0;
    let width = -1;
    for (let column = 0; column < columnCount; column += 1) {
      let low = Infinity;
      let high = -Infinity;
      for (let slot = from; slot < to; slot += 1) {
        const value = values[order[slot]! * columnCount + column]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (high - low > width) [width, widest] = [high - low, column];
    }
    return widest;
  }

  function search(node: Node, point: Float64Array, start: number, found: Float64Array): void {
    const last = found.length - 1;
    if (node.kind === 'leaf') {
      for (let slot = node.from; slot < node.to; slot += 1) {
        const gap = distance(point, start, values, order[slot]! * columnCount, columnCount);
        if (gap >= found[last]!) continue;
        let place = last;
        while (place > 0 && found[place - 1]! > gap) {
          found[place] = found[place - 1]!;
          place -= 1;
        }
        found[place] = gap;
      }
      return;
    }
    const offset = point[start + node.column]! - node.at;
    search(offset < 0 ? node.below : node.above, point, start, found);
    if (Math.abs(offset) < found[last]!) search(offset < 0 ? node.above : node.below, point, start, found);
  }

  return {
    distances(point, start, k) {
      const found = new Float64Array(Math.min(k, rowCount)).fill(Infinity);
      if (found.length > 0) search(root, point, start, found);
      return metric === 'cosine' ? found.map((gap) => (gap * gap) / 2) : found;
    },
  };
}
