// Conjugate gradients on a ridge regression whose matrix is never formed.

import { addScaled } from './runs';

/**
 * Steps towards the solution of (G + penalty · I + sum of y·yᵀ) · x = sum of y, over the rows y at the indices, from the
 * x that is there (Takács, Pilászy, Tikk 2011, algorithm 1). Each step reads every y once.
 * @param n floats of a row with its padding, which is 0: a multiple of 4
 * @param size factors, rows of G
 * @param indices u32 row numbers
 * @param scratch 3 · n floats
 */
export function solveNormalEquations(
  n: i32, size: i32, g: usize, penalty: f32, count: i32, indices: usize, rows: usize, x: usize, steps: i32, scratch: usize,
): void {
  const bytes = n << 2;
  const residual = scratch;
  const direction = scratch + bytes;
  const product = direction + bytes;
  applyMatrix(n, size, g, penalty, count, indices, rows, x, 1, product);
  for (let at = 0; at < bytes; at += 16) {
    const negative = f32x4.neg(v128.load(product + at));
    v128.store(residual + at, negative);
    v128.store(direction + at, negative);
  }
  let square = dotWide(n, residual, residual);
  for (let step = 0; step < steps; step++) {
    // Solved: a further step would divide by what has been rounded to 0.
    if (square < 1e-30) return;
    applyMatrix(n, size, g, penalty, count, indices, rows, direction, 0, product);
    const length = <f32>(square / dotWide(n, direction, product));
    addScaled(n, length, direction, x);
    addScaled(n, -length, product, residual);
    const after = dotWide(n, residual, residual);
    const kept = f32x4.splat(<f32>(after / square));
    for (let at = 0; at < bytes; at += 16) {
      const next = f32x4.relaxed_madd(kept, v128.load(direction + at), v128.load(residual + at));
      v128.store(direction + at, next);
    }
    square = after;
  }
}

/** target = G · p + penalty · p + sum of (y · p - wanted) · y. Four rows at a time, so that p and target are read less. */
function applyMatrix(
  n: i32, size: i32, g: usize, penalty: f32, count: i32, indices: usize, rows: usize, p: usize, wanted: f32, target: usize,
): void {
  const bytes = n << 2;
  const penalties = f32x4.splat(penalty);
  for (let at = 0; at < bytes; at += 16) v128.store(target + at, f32x4.mul(penalties, v128.load(p + at)));

  let row = 0;
  for (; row + 4 <= size; row += 4) {
    const first = g + row * bytes;
    addFour(bytes, v128.load(p + (row << 2)), first, first + bytes, first + 2 * bytes, first + 3 * bytes, target);
  }
  for (; row < size; row++) addScaled(n, load<f32>(p + (row << 2)), g + row * bytes, target);

  const wanteds = f32x4.splat(wanted);
  let place = 0;
  for (; place + 4 <= count; place += 4) {
    const at = indices + (place << 2);
    const a = rows + <usize>load<u32>(at) * bytes;
    const b = rows + <usize>load<u32>(at, 4) * bytes;
    const c = rows + <usize>load<u32>(at, 8) * bytes;
    const d = rows + <usize>load<u32>(at, 12) * bytes;
    addFour(bytes, f32x4.sub(dotFour(bytes, p, a, b, c, d), wanteds), a, b, c, d, target);
  }
  for (; place < count; place++) {
    const y = rows + <usize>load<u32>(indices + (place << 2)) * bytes;
    addScaled(n, <f32>dotWide(n, y, p) - wanted, y, target);
  }
}

/** Dot products of p with four rows. */
// @ts-ignore: decorator
@inline
function dotFour(bytes: i32, p: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  let sumA = f32x4.splat(0);
  let sumB = sumA;
  let sumC = sumA;
  let sumD = sumA;
  for (let at = 0; at < bytes; at += 16) {
    const part = v128.load(p + at);
    sumA = f32x4.relaxed_madd(part, v128.load(a + at), sumA);
    sumB = f32x4.relaxed_madd(part, v128.load(b + at), sumB);
    sumC = f32x4.relaxed_madd(part, v128.load(c + at), sumC);
    sumD = f32x4.relaxed_madd(part, v128.load(d + at), sumD);
  }
  // Transposed, so that one lane has one row's sum.
  const lowAB = f32x4.shuffle(sumA, sumB, 0, 4, 1, 5);
  const highAB = f32x4.shuffle(sumA, sumB, 2, 6, 3, 7);
  const lowCD = f32x4.shuffle(sumC, sumD, 0, 4, 1, 5);
  const highCD = f32x4.shuffle(sumC, sumD, 2, 6, 3, 7);
  const sumsAB = f32x4.add(lowAB, highAB);
  const sumsCD = f32x4.add(lowCD, highCD);
  return f32x4.add(f32x4.shuffle(sumsAB, sumsCD, 0, 1, 4, 5), f32x4.shuffle(sumsAB, sumsCD, 2, 3, 6, 7));
}

/** target += sum of factor · row over four rows. */
// @ts-ignore: decorator
@inline
function addFour(bytes: i32, factors: v128, a: usize, b: usize, c: usize, d: usize, target: usize): void {
  const factorA = f32x4.splat(f32x4.extract_lane(factors, 0));
  const factorB = f32x4.splat(f32x4.extract_lane(factors, 1));
  const factorC = f32x4.splat(f32x4.extract_lane(factors, 2));
  const factorD = f32x4.splat(f32x4.extract_lane(factors, 3));
  for (let at = 0; at < bytes; at += 16) {
    const sum = f32x4.relaxed_madd(factorA, v128.load(a + at), v128.load(target + at));
    const sumB = f32x4.relaxed_madd(factorB, v128.load(b + at), sum);
    const sumC = f32x4.relaxed_madd(factorC, v128.load(c + at), sumB);
    v128.store(target + at, f32x4.relaxed_madd(factorD, v128.load(d + at), sumC));
  }
}

/** Dot product of two runs of floats, summed in double precision. */
function dotWide(n: i32, left: usize, right: usize): f64 {
  let sums = f64x2.splat(0);
  const end = left + (n << 2);
  for (; left < end; left += 16, right += 16) {
    const a = v128.load(left);
    const b = v128.load(right);
    sums = f64x2.add(sums, f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)));
    const highA = f32x4.shuffle(a, a, 2, 3, 2, 3);
    const highB = f32x4.shuffle(b, b, 2, 3, 2, 3);
    sums = f64x2.add(sums, f64x2.mul(f64x2.promote_low_f32x4(highA), f64x2.promote_low_f32x4(highB)));
  }
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}
