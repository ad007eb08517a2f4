// Runs of floats that lie one after the other: what the other parts of the kernel are made of.

/** Copies a run to where it does not overlap. */
export function copyRun(length: i32, source: usize, target: usize): void {
  const vectors = target + ((length & ~7) << 2);
  const end = target + (length << 2);
  for (; target < vectors; source += 32, target += 32) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
  }
  for (; target < end; source += 4, target += 4) store<f32>(target, load<f32>(source));
}

/** target += factor · source */
export function addScaled(length: i32, factor: f32, source: usize, target: usize): void {
  const factors = f32x4.splat(factor);
  const vectors = target + ((length & ~7) << 2);
  const end = target + (length << 2);
  for (; target < vectors; source += 32, target += 32) {
    v128.store(target, f32x4.relaxed_madd(factors, v128.load(source), v128.load(target)));
    v128.store(target, f32x4.relaxed_madd(factors, v128.load(source, 16), v128.load(target, 16)), 16);
  }
  for (; target < end; source += 4, target += 4) {
    store<f32>(target, load<f32>(target) + factor * load<f32>(source));
  }
}

/** Dot product of two runs of floats. */
export function dot(length: i32, left: usize, right: usize): f32 {
  let sums = f32x4.splat(0);
  const vectors = left + ((length & ~3) << 2);
  const end = left + (length << 2);
  for (; left < vectors; left += 16, right += 16) {
    sums = f32x4.relaxed_madd(v128.load(left), v128.load(right), sums);
  }
  let sum =
    f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  for (; left < end; left += 4, right += 4) sum += load<f32>(left) * load<f32>(right);
  return sum;
}
