/** The kernel in plain JavaScript, for engines without relaxed SIMD: equal results up to rounding, about a tenth of the speed. */

import { type Matrix } from '../dense.ts';
import { type Descent, type Kernel, type NormalEquations } from './kernel.ts';

/** The same contract as the SIMD kernel. */
export function createPlainKernel(memory: WebAssembly.Memory): Kernel {
  const floats = new Float32Array(memory.buffer);
  return {
    name: 'plain',
    floats,
    multiply: (alpha, a, b, beta, c) => multiply(floats, alpha, a, b, beta, c),
    factoriseBlock: (a) => factoriseBlock(floats, a),
    invertTriangle: (l, x) => invertTriangle(floats, l, x),
    descend: (descent) => descend(floats, descent),
    solveNormalEquations: (equations) => solveNormalEquations(floats, equations),
    copyRun: (length, source, target) => void floats.copyWithin(target, source, source + length),
    addScaled: (length, factor, source, target) => addScaled(floats, length, factor, source, target),
  };
}

function multiply(floats: Float32Array, alpha: number, a: Matrix, b: Matrix, beta: 0 | 1, c: Matrix): void {
  const sums = new Float64Array(c.columnCount);
  for (let row = 0; row < c.rowCount; row += 1) {
    sums.fill(0);
    for (let inner = 0; inner < a.columnCount; inner += 1) {
      const left = floats[a.offset + row * a.rowStride + inner * a.columnStride]!;
      let right = b.offset + inner * b.rowStride;
      for (let column = 0; column < sums.length; column += 1) {
        sums[column]! += left * floats[right]!;
        right += b.columnStride;
      }
    }
    const target = c.offset + row * c.rowStride;
    for (let column = 0; column < sums.length; column += 1) {
      const kept = beta === 0 ? 0 : floats[target + column]!;
      floats[target + column] = kept + alpha * sums[column]!;
    }
  }
}

function factoriseBlock(floats: Float32Array, a: Matrix): boolean {
  for (let row = 0; row < a.rowCount; row += 1) {
    const current = a.offset + row * a.rowStride;
    for (let column = 0; column <= row; column += 1) {
      const other = a.offset + column * a.rowStride;
      const value = floats[current + column]! - dot(floats, column, current, other);
      if (column === row && !(value > 0)) return false;
      floats[current + column] = column < row ? value / floats[other + column]! : Math.sqrt(value);
    }
  }
  return true;
}

function invertTriangle(floats: Float32Array, l: Matrix, x: Matrix): void {
  for (let row = 0; row < l.rowCount; row += 1) {
    const target = x.offset + row * x.rowStride;
    floats.fill(0, target, target + row);
    floats[target + row] = 1 / floats[l.offset + row * l.rowStride + row]!;
    for (let column = row + 1; column < l.rowCount; column += 1) {
      const factors = l.offset + column * l.rowStride;
      const sum = dot(floats, column - row, target + row, factors + row);
      floats[target + column] = -sum / floats[factors + column]!;
    }
  }
}

function descend(floats: Float32Array, { g, weights, residuals, l1, l2, least, skipped }: Descent): number {
  let largest = 0;
  for (let index = 0; index < g.rowCount; index += 1) {
    if (index === skipped) continue;
    const row = g.offset + index * g.rowStride;
    const square = floats[row + index]!;
    const before = floats[weights + index]!;
    const pull = floats[residuals + index]! + square * before;
    const shrunk = Math.max(pull - l1, 0) + Math.min(pull + l1, 0);
    const change = Math.fround(Math.max(shrunk / (square + l2), least)) - before;
    if (change === 0) continue;
    floats[weights + index]! += change;
    addScaled(floats, g.rowCount, -change, row, residuals);
    largest = Math.max(largest, Math.abs(change));
  }
  return largest;
}

function solveNormalEquations(floats: Float32Array, equations: NormalEquations): void {
  const { rows, solution, steps } = equations;
  const x = Float64Array.from(floats.subarray(solution, solution + rows.columnCount));
  const residual = applyMatrix(floats, equations, x, 1).map((value) => -value);
  const direction = residual.slice();
  let square = sumProducts(residual, residual);
  for (let step = 0; step < steps && square >= 1e-30; step += 1) {
    const product = applyMatrix(floats, equations, direction, 0);
    const length = square / sumProducts(direction, product);
    for (let index = 0; index < x.length; index += 1) {
      x[index]! += length * direction[index]!;
      residual[index]! -= length * product[index]!;
    }
    const after = sumProducts(residual, residual);
    for (let index = 0; index < x.length; index += 1)
      direction[index] = residual[index]! + (after / square) * direction[index]!;
    square = after;
  }
  floats.set(x, solution);
}

/** shared · p + penalty · p + sum of (y · p - wanted) · y */
function applyMatrix(
  floats: Float32Array,
  { shared, penalty, rows, indices, count }: NormalEquations,
  p: Float64Array,
  wanted: number,
): Float64Array {
  const result = p.map((value, index) => {
    const row = shared.offset + index * shared.rowStride;
    return penalty * value + sumProducts(p, floats.subarray(row, row + p.length));
  });
  for (const index of new Uint32Array(floats.buffer, indices * 4, count)) {
    const start = rows.offset + index * rows.rowStride;
    const y = floats.subarray(start, start + p.length);
    const factor = sumProducts(p, y) - wanted;
    for (let column = 0; column < p.length; column += 1) result[column]! += factor * y[column]!;
  }
  return result;
}

function sumProducts(left: Float64Array, right: Float64Array | Float32Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index += 1) sum += left[index]! * right[index]!;
  return sum;
}

function addScaled(
  floats: Float32Array,
  length: number,
  factor: number,
  source: number,
  target: number,
): void {
  for (let index = 0; index < length; index += 1) floats[target + index]! += factor * floats[source + index]!;
}

function dot(floats: Float32Array, length: number, left: number, right: number): number {
  let sum = 0;
  for (let index = 0; index < length; index += 1) sum += floats[left + index]! * floats[right + index]!;
  return sum;
}
