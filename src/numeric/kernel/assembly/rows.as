// Sums over rows of a sparse matrix: what a history's items say together.

/**
 * sums[column] += weight · value, for every entry of the rows.
 * @param columns 16-bit, or 32-bit where they are wide
 * @returns nothing of use, see fetchRows
 */
export function addRows(
  count: i32, rows: usize, weights: usize,
  offsets: usize, columns: usize, values: usize, isWide: bool, sums: usize,
): u32 {
  const mixed = fetchRows(count, rows, offsets, columns, values, isWide ? 2 : 1);
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
  return mixed;
}

/**
 * Goes on through the entries of the rows, sets the sum of each column that it meets to 0, and puts down those that were
 * at least `least`, where that is above 0: a column is met again with a sum of 0. Stops when there is room for no more.
 * @param walk where the walk stands: u32 place of the row, u32 slot within it
 * @param found room for as many as `room`, each a f64 sum, its u32 column and 4 bytes
 * @returns how many were found; 0 at the end of the rows
 */
export function takeAtLeast(
  walk: usize, least: f64, found: usize, room: u32,
  count: u32, rows: usize, offsets: usize, columns: usize, isWide: bool, sums: usize,
): u32 {
  let size: u32 = 0;
  let place = load<u32>(walk);
  let within = load<u32>(walk, 4);
  for (; place < count; place++) {
    const row = load<u32>(rows + (<usize>place << 2));
    const start = <usize>load<u32>(offsets + (<usize>row << 2));
    const end = <usize>load<u32>(offsets + (<usize>row << 2), 4);
    for (let slot = start + <usize>within; slot < end; slot++) {
      const column = isWide ? load<u32>(columns + (slot << 2)) : <u32>load<u16>(columns + (slot << 1));
      const at = sums + (<usize>column << 3);
      const sum = load<f64>(at);
      store<f64>(at, 0);
      if (sum < least) continue;
      store<f64>(found + (<usize>size << 4), sum);
      store<u32>(found + (<usize>size << 4), column, 8);
      if (++size < room) continue;
      store<u32>(walk, place);
      store<u32>(walk, <u32>(slot + 1 - start), 4);
      return size;
    }
    within = 0;
  }
  store<u32>(walk, place);
  return size;
}

const LINE_BYTES: usize = 64;

/**
 * Reads a byte of each cache line of the rows. They lie anywhere in memory, and one read does not wait for another
 * here, as it would while they are added: that takes less than half the time afterwards.
 * @returns nothing of use: it keeps the compiler from leaving out the reads
 */
function fetchRows(count: i32, rows: usize, offsets: usize, columns: usize, values: usize, columnShift: usize): u32 {
  let mixed: u32 = 0;
  for (let place = 0; place < count; place++) {
    const row = load<u32>(rows + (place << 2));
    const start = <usize>load<u32>(offsets + (row << 2));
    const end = <usize>load<u32>(offsets + (row << 2), 4);
    mixed ^= fetchRun(columns + (start << columnShift), columns + (end << columnShift));
    mixed ^= fetchRun(values + (start << 2), values + (end << 2));
  }
  return mixed;
}

// @ts-ignore: decorator
@inline
function fetchRun(start: usize, end: usize): u32 {
  let mixed: u32 = 0;
  for (let at = start; at < end; at += LINE_BYTES) mixed ^= load<u8>(at);
  return mixed;
}
