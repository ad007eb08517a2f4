/** The kernel in plain JavaScript, for engines without relaxed SIMD: equal results up to rounding, about a tenth of the speed. */

import { type Matrix } from '../dense.ts';
import { type Kernel } from './kernel.ts';

/** The same contract as the SIMD kernel. */
export function createPlainKernel(memory: WebAssembly.Memory): Kernel {
  const floats = new Float32Array(memory.buffer);
  return {
    name: 'plain',
    floats,
    multiply: (alpha, a, b, beta, c) => multiply(floats, alpha, a, b, beta, c),
    factoriseBlock: (a) => factoriseBlock(floats, a),
    invertTriangle: (l, x) => invertTriangle(floats, l, x),
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

function dot(floats: Float32Array, length: number, left: number, right: number): number {
  let sum = 0;
  for (let index = 0; index < length; index += 1) sum += floats[left + index]! * floats[right + index]!;
  return sum;
}
