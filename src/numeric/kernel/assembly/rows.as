// Sums over rows of a sparse matrix: what a history's items say together.

/**
 * sums[column] += weight · value, for every entry of the rows.
 * @param columns 16-bit, or 32-bit where they are wide
 */
export function addRows(
  count: i32, rows: usize, weights: usize,
  offsets: usize, columns: usize, values: usize, isWide: bool, sums: usize,
): void {
  for (let place = 0; place < count; place++) {
    const row = load<u32>(rows + (place << 2));
    const weight = <f64>load<f32>(weights + (place << 2));
    let slot = <usize>load<u32>(offsets + (row << 2));
    const end = <usize>load<u32>(offsets + (row << 2), 4);
    if (isWide) {
      for (; slot < end; slot++) {
        const sum = sums + (<usize>load<u32>(columns + (slot << 2)) << 3);
        store<f64>(sum, load<f64>(sum) + weight * <f64>load<f32>(values + (slot << 2)));
      }
    } else {
      for (; slot < end; slot++) {
        const sum = sums + (<usize>load<u16>(columns + (slot << 1)) << 3);
        store<f64>(sum, load<f64>(sum) + weight * <f64>load<f32>(values + (slot << 2)));
      }
    }
  }
}

/** The first of the numbers from `start` on that is at least `least`; `count` where none is. */
export function findAtLeast(numbers: usize, start: i32, count: i32, least: f64): i32 {
  const pair = f64x2.splat(least);
  let place = start;
  for (; place + 4 <= count; place += 4) {
    const at = numbers + (place << 3);
    const first = f64x2.ge(v128.load(at), pair);
    const second = f64x2.ge(v128.load(at, 16), pair);
    if (v128.any_true(v128.or(first, second))) break;
  }
  for (; place < count; place++) if (load<f64>(numbers + (place << 3)) >= least) return place;
  return count;
}
