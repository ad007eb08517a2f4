// Dense product of single-precision matrices with any strides: the only hot loop of the kernel.

// One tile of the result is 6 rows × 8 columns: 12 accumulators, 2 registers of B and 1 of A of the 16 there are.
const TILE_ROWS: i32 = 6;
const TILE_COLUMNS: i32 = 8;
// 256 rows of a strip of B are 8 KB: they stay in the first cache while all rows of A pass.
const STRIP_ROWS: i32 = 256;

/**
 * C = beta · C + alpha · A · B for beta 0 or 1. A is m × k and B is k × n with any strides, C is row-major.
 * Pointers in bytes, strides in floats; C must not overlap A or B.
 * @param scratch 16-byte aligned, (STRIP_ROWS + TILE_ROWS) · TILE_COLUMNS floats, one per thread
 */
export function multiply(
  m: i32, n: i32, k: i32, alpha: f32, beta: f32,
  a: usize, aRow: i32, aColumn: i32,
  b: usize, bRow: i32, bColumn: i32,
  c: usize, cRow: i32, scratch: usize,
): void {
  const tile = scratch + ((STRIP_ROWS * TILE_COLUMNS) << 2);
  for (let first = 0; first < k || first == 0; first += STRIP_ROWS) {
    const depth = min(STRIP_ROWS, k - first);
    const keep: f32 = first == 0 ? beta : 1;
    for (let column = 0; column < n; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, n - column);
      packStrip(depth, width, b + ((first * bRow + column * bColumn) << 2), bRow, bColumn, scratch);
      for (let row = 0; row < m; row += TILE_ROWS) {
        const height = min(TILE_ROWS, m - row);
        const target = c + ((row * cRow + column) << 2);
        const source = a + ((row * aRow + first * aColumn) << 2);
        if (height == TILE_ROWS && width == TILE_COLUMNS) {
          multiplyTile(depth, height, alpha, keep, source, aRow, aColumn, scratch, target, cRow);
        } else {
          multiplyTile(depth, height, 1, 0, source, aRow, aColumn, scratch, tile, TILE_COLUMNS);
          addEdge(height, width, alpha, keep, tile, target, cRow);
        }
      }
    }
  }
}

// Copies a strip of B so that the tile reads it in one stream; missing columns become 0.
function packStrip(depth: i32, width: i32, b: usize, bRow: i32, bColumn: i32, strip: usize): void {
  if (width == TILE_COLUMNS && bColumn == 1) {
    for (let row = 0; row < depth; row++) {
      v128.store(strip, v128.load(b));
      v128.store(strip, v128.load(b, 16), 16);
      b += bRow << 2;
      strip += TILE_COLUMNS << 2;
    }
    return;
  }
  let packed = 0;
  if (width == TILE_COLUMNS && bRow == 1) {
    const left = b + ((4 * bColumn) << 2);
    for (; packed + 4 <= depth; packed += 4) {
      const target = strip + ((packed * TILE_COLUMNS) << 2);
      turnSquare(b + (packed << 2), bColumn << 2, target);
      turnSquare(left + (packed << 2), bColumn << 2, target + 16);
    }
  }
  for (let column = 0; column < TILE_COLUMNS; column++) {
    let source = b + ((packed * bRow + column * bColumn) << 2);
    let target = strip + ((packed * TILE_COLUMNS + column) << 2);
    for (let row = packed; row < depth; row++) {
      store<f32>(target, column < width ? load<f32>(source) : 0);
      source += bRow << 2;
      target += TILE_COLUMNS << 2;
    }
  }
}

// Copies 4 × 4 floats with rows and columns swapped: four runs `step` bytes apart become the rows of a strip.
// @ts-ignore: decorator
@inline
function turnSquare(source: usize, step: usize, strip: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + step);
  const c = v128.load(source + step * 2);
  const d = v128.load(source + step * 3);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(strip, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(strip, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), TILE_COLUMNS << 2);
  const abEnd = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdEnd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(strip, v128.shuffle<f32>(abEnd, cdEnd, 0, 1, 4, 5), (TILE_COLUMNS * 2) << 2);
  v128.store(strip, v128.shuffle<f32>(abEnd, cdEnd, 2, 3, 6, 7), (TILE_COLUMNS * 3) << 2);
}

// Rows of A past `height` are read from the last one: their results are thrown away by addEdge.
function multiplyTile(
  depth: i32, height: i32, alpha: f32, keep: f32,
  a: usize, aRow: i32, aColumn: i32, strip: usize, c: usize, cRow: i32,
): void {
  let a0 = a;
  let a1 = a + ((min(1, height - 1) * aRow) << 2);
  let a2 = a + ((min(2, height - 1) * aRow) << 2);
  let a3 = a + ((min(3, height - 1) * aRow) << 2);
  let a4 = a + ((min(4, height - 1) * aRow) << 2);
  let a5 = a + ((min(5, height - 1) * aRow) << 2);
  const step = aColumn << 2;
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  let c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;

  for (const end = strip + ((depth * TILE_COLUMNS) << 2); strip < end; strip += TILE_COLUMNS << 2) {
    const left = v128.load(strip);
    const right = v128.load(strip, 16);
    let value = v128.load32_splat(a0);
    c00 = f32x4.relaxed_madd(value, left, c00);
    c01 = f32x4.relaxed_madd(value, right, c01);
    value = v128.load32_splat(a1);
    c10 = f32x4.relaxed_madd(value, left, c10);
    c11 = f32x4.relaxed_madd(value, right, c11);
    value = v128.load32_splat(a2);
    c20 = f32x4.relaxed_madd(value, left, c20);
    c21 = f32x4.relaxed_madd(value, right, c21);
    value = v128.load32_splat(a3);
    c30 = f32x4.relaxed_madd(value, left, c30);
    c31 = f32x4.relaxed_madd(value, right, c31);
    value = v128.load32_splat(a4);
    c40 = f32x4.relaxed_madd(value, left, c40);
    c41 = f32x4.relaxed_madd(value, right, c41);
    value = v128.load32_splat(a5);
    c50 = f32x4.relaxed_madd(value, left, c50);
    c51 = f32x4.relaxed_madd(value, right, c51);
    a0 += step;
    a1 += step;
    a2 += step;
    a3 += step;
    a4 += step;
    a5 += step;
  }

  const stride = cRow << 2;
  storeRow(c, alpha, keep, c00, c01);
  storeRow(c + stride, alpha, keep, c10, c11);
  storeRow(c + stride * 2, alpha, keep, c20, c21);
  storeRow(c + stride * 3, alpha, keep, c30, c31);
  storeRow(c + stride * 4, alpha, keep, c40, c41);
  storeRow(c + stride * 5, alpha, keep, c50, c51);
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, alpha: f32, keep: f32, left: v128, right: v128): void {
  const factor = f32x4.splat(alpha);
  left = f32x4.mul(factor, left);
  right = f32x4.mul(factor, right);
  // Never multiply the old value by 0: it may be NaN in fresh memory.
  if (keep != 0) {
    left = f32x4.add(left, v128.load(c));
    right = f32x4.add(right, v128.load(c, 16));
  }
  v128.store(c, left);
  v128.store(c, right, 16);
}

function addEdge(height: i32, width: i32, alpha: f32, keep: f32, tile: usize, c: usize, cRow: i32): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const target = c + ((row * cRow + column) << 2);
      const value = alpha * load<f32>(tile + ((row * TILE_COLUMNS + column) << 2));
      store<f32>(target, keep != 0 ? load<f32>(target) + value : value);
    }
  }
}
