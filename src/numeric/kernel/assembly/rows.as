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

/**
 * Goes on through the entries of the rows, sets the sum of each column that it meets to 0, and stops at the first that
 * was at least `least`, where that is above 0: a column is met again with a sum of 0.
 * @param walk where the walk stands: u32 place of the row, u32 slot within it, u32 column found, 4 bytes, f64 its sum
 * @returns whether one was found
 */
export function takeAtLeast(
  walk: usize, least: f64,
  count: u32, rows: usize, offsets: usize, columns: usize, isWide: bool, sums: usize,
): bool {
  let place = load<u32>(walk);
  let within = load<u32>(walk, 4);
  for (; place < count; place++) {
    const row = load<u32>(rows + (<usize>place << 2));
    const start = load<u32>(offsets + (<usize>row << 2));
    const size = load<u32>(offsets + (<usize>row << 2), 4) - start;
    for (; within < size; within++) {
      const slot = <usize>(start + within);
      const column = isWide ? load<u32>(columns + (slot << 2)) : <u32>load<u16>(columns + (slot << 1));
      const at = sums + (<usize>column << 3);
      const sum = load<f64>(at);
      store<f64>(at, 0);
      if (sum < least) continue;
      store<u32>(walk, place);
      store<u32>(walk, within + 1, 4);
      store<u32>(walk, column, 8);
      store<f64>(walk, sum, 16);
      return true;
    }
    within = 0;
  }
  return false;
}
