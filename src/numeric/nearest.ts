/** Nearest rows by a k-d tree. For few columns: its advantage over a scan shrinks with each one. */
import type { Metric, Rows } from './distance.ts';

export type NearestRows = {
  /**
   * Distances of the k nearest rows to a point, ascending; fewer if there are fewer rows.
   * @param point contains the coordinates from `start` on; a row of the tree itself counts too, at distance 0
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
 * A k-d tree (Bentley 1975) searched with an incrementally updated distance to the cell (Arya, Mount 1993). O(rows ×
 * log² rows) to build, about O(log rows) per query.
 * @param rows as from `toMetricRows`
 */
export function indexNearest(rows: Rows, metric: Metric): NearestRows {
  const { columnCount } = rows;
  const { root, values } = buildTree(rows);
  // Squares add up over columns as absolute differences do; those of rows of length 1 are twice their 1 - cos.
  const isSquared = metric !== 'manhattan';
  const offsets = new Float64Array(columnCount);

  function search(node: Node, point: Float64Array, start: number, found: Float64Array, toCell: number): void {
    const last = found.length - 1;
    if (node.kind === 'leaf') {
      for (let row = node.from; row < node.to; row += 1) {
        const gap = costBetween(
          values,
          row * columnCount,
          point,
          start,
          columnCount,
          isSquared,
          found[last]!,
        );
        if (gap >= found[last]!) continue;
        let slot = last;
        while (slot > 0 && found[slot - 1]! > gap) {
          found[slot] = found[slot - 1]!;
          slot -= 1;
        }
        found[slot] = gap;
      }
      return;
    }
    const { column } = node;
    const offset = point[start + column]! - node.at;
    search(offset < 0 ? node.below : node.above, point, start, found, toCell);
    const before = offsets[column]!;
    const across = isSquared ? offset * offset : Math.abs(offset);
    const toFar = toCell - before + across;
    if (toFar >= found[last]!) return;
    offsets[column] = across;
    search(offset < 0 ? node.above : node.below, point, start, found, toFar);
    offsets[column] = before;
  }

  return {
    distances(point, start, k) {
      const found = new Float64Array(Math.min(k, rows.rowCount)).fill(Infinity);
      if (found.length > 0) search(root, point, start, found, 0);
      if (metric === 'euclidean') return found.map(Math.sqrt);
      return metric === 'cosine' ? found.map((square) => square / 2) : found;
    },
  };
}

/** Sum over columns of the squared or absolute differences; stops once it reaches `limit`. */
function costBetween(
  values: Float64Array,
  valueStart: number,
  point: Float64Array,
  start: number,
  columnCount: number,
  isSquared: boolean,
  limit: number,
): number {
  let sum = 0;
  for (let column = 0; column < columnCount; column += 1) {
    const gap = values[valueStart + column]! - point[start + column]!;
    sum += isSquared ? gap * gap : Math.abs(gap);
    if (sum >= limit) return sum;
  }
  return sum;
}

/** Splits at the median of the widest column. @returns the tree, and the rows in the order of its leaves */
function buildTree({ values, rowCount, columnCount }: Rows): { root: Node; values: Float64Array } {
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row);

  function build(from: number, to: number): Node {
    if (to - from <= LEAF_ROWS) return { kind: 'leaf', from, to };
    const column = widestColumn(from, to);
    order
      .subarray(from, to)
      .sort((left, right) => values[left * columnCount + column]! - values[right * columnCount + column]!);
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

  const root = build(0, rowCount);
  const sorted = new Float64Array(values.length);
  order.forEach((row, slot) => {
    sorted.set(values.subarray(row * columnCount, (row + 1) * columnCount), slot * columnCount);
  });
  return { root, values: sorted };
}
