// Coordinate descent on a quadratic with an l1 penalty: one round over all coordinates.

import { addScaled } from './runs';

/**
 * One round over the coordinates of min ½ wᵀGw - bᵀw + l1·|w|₁ + ½ l2·|w|². Answers the largest change of a weight.
 * @param residuals b - G·w, kept up to date
 * @param least smallest value of a weight: 0 or -Infinity
 * @param skipped a coordinate that stays 0, or -1
 */
export function descend(
  n: i32, g: usize, gRow: i32, weights: usize, residuals: usize,
  l1: f32, l2: f32, least: f32, skipped: i32,
): f32 {
  let largest: f32 = 0;
  for (let index = 0; index < n; index++) {
    if (index == skipped) continue;
    const row = g + ((index * gRow) << 2);
    const square = load<f32>(row + (index << 2));
    const before = load<f32>(weights + (index << 2));
    const pull = load<f32>(residuals + (index << 2)) + square * before;
    const shrunk = max<f32>(pull - l1, 0) + min<f32>(pull + l1, 0);
    const after = max<f32>(shrunk / (square + l2), least);
    const change = after - before;
    if (change == 0) continue;
    store<f32>(weights + (index << 2), after);
    addScaled(n, -change, row, residuals);
    largest = max<f32>(largest, abs<f32>(change));
  }
  return largest;
}
