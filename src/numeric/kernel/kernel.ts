/** Dense single-precision products and small factorisations, in SIMD where the engine supports it. Never allocates. */

import { readFileSync } from 'node:fs';
import { type Matrix, SCRATCH_FLOATS } from '../dense.ts';
import { createPlainKernel } from './plain.ts';

/** Operates on matrices inside one memory; one kernel per thread. */
export type Kernel = {
  readonly name: 'simd' | 'plain';
  /** The complete memory; offsets of matrices are indexes in it. */
  readonly floats: Float32Array;
  /** C = beta · C + alpha · A · B; C is row-major and must not overlap A or B. */
  readonly multiply: (alpha: number, a: Matrix, b: Matrix, beta: 0 | 1, c: Matrix) => void;
  /** A = L · Lᵀ in place, for a small block; false where A is not positive definite. */
  readonly factoriseBlock: (a: Matrix) => boolean;
  /** X = L⁻ᵀ, zeros below the diagonal, for a small block. */
  readonly invertTriangle: (l: Matrix, x: Matrix) => void;
  /** One round of coordinate descent; returns the largest change of a weight. */
  readonly descend: (descent: Descent) => number;
  /** Steps of conjugate gradients towards the solution of a system. */
  readonly solveNormalEquations: (equations: NormalEquations) => void;
  /** Copies floats to a disjoint range: several times as fast as copyWithin on shared memory. */
  readonly copyRun: (length: number, source: number, target: number) => void;
  /** target += factor · source, for ranges of floats. */
  readonly addScaled: (length: number, factor: number, source: number, target: number) => void;
};

/** min ½ wᵀGw - bᵀw + l1·|w|₁ + ½ l2·|w|² over w ≥ least, with G symmetric and row-major. */
export type Descent = {
  readonly g: Matrix;
  /** Offset of the weights w and of the residuals b - G·w. */
  readonly weights: number;
  readonly residuals: number;
  readonly l1: number;
  readonly l2: number;
  /** 0 or -Infinity */
  readonly least: number;
  /** A coordinate that stays 0, or -1. */
  readonly skipped: number;
};

/**
 * (shared + penalty · I + sum of y·yᵀ) · x = sum of y over some rows y of a matrix. Matrices of `createArena` have the
 * required padding of rows, the shared part and ranges.
 */
export type NormalEquations = {
  /** The common part of many systems' matrices, symmetric. */
  readonly shared: Matrix;
  readonly penalty: number;
  readonly rows: Matrix;
  /** Offset of the row indexes, 32 bits unsigned, and their number. */
  readonly indices: number;
  readonly count: number;
  /** Offset of the start vector, which the result replaces. */
  readonly solution: number;
  /** The number of unknowns solves the system exactly. */
  readonly steps: number;
  /** Space for three rows. */
  readonly scratch: Matrix;
};

type KernelExports = {
  readonly solveNormalEquations: (...args: readonly number[]) => void;
  readonly descend: (...args: readonly number[]) => number;
  readonly copyRun: (length: number, source: number, target: number) => void;
  readonly addScaled: (length: number, factor: number, source: number, target: number) => void;
  readonly multiply: (...args: readonly number[]) => void;
  readonly factoriseBlock: (size: number, a: number, aRow: number) => number;
  readonly invertTriangle: (size: number, l: number, lRow: number, x: number, xRow: number) => void;
};

/** Null where the engine lacks relaxed SIMD. */
export const compiled = compile();

/** @param threadIndex selects the kernel's own scratch memory */
export function createKernel(memory: WebAssembly.Memory, threadIndex = 0): Kernel {
  if (!compiled) return createPlainKernel(memory);
  const instance = new WebAssembly.Instance(compiled, { env: { memory } });
  const wasm = instance.exports as unknown as KernelExports;
  const scratch = threadIndex * SCRATCH_FLOATS * 4;
  return {
    name: 'simd',
    floats: new Float32Array(memory.buffer),
    multiply: (alpha, a, b, beta, c) =>
      wasm.multiply(
        c.rowCount,
        c.columnCount,
        a.columnCount,
        alpha,
        beta,
        a.offset * 4,
        a.rowStride,
        a.columnStride,
        b.offset * 4,
        b.rowStride,
        b.columnStride,
        c.offset * 4,
        c.rowStride,
        scratch,
      ),
    factoriseBlock: (a) => wasm.factoriseBlock(a.rowCount, a.offset * 4, a.rowStride) === 1,
    invertTriangle: (l, x) =>
      wasm.invertTriangle(l.rowCount, l.offset * 4, l.rowStride, x.offset * 4, x.rowStride),
    descend: ({ g, weights, residuals, l1, l2, least, skipped }) =>
      wasm.descend(g.rowCount, g.offset * 4, g.rowStride, weights * 4, residuals * 4, l1, l2, least, skipped),
    solveNormalEquations: ({ shared, penalty, rows, indices, count, solution, steps, scratch: room }) =>
      wasm.solveNormalEquations(
        rows.rowStride,
        rows.columnCount,
        shared.offset * 4,
        penalty,
        count,
        indices * 4,
        rows.offset * 4,
        solution * 4,
        steps,
        room.offset * 4,
      ),
    copyRun: (length, source, target) => wasm.copyRun(length, source * 4, target * 4),
    addScaled: (length, factor, source, target) => wasm.addScaled(length, factor, source * 4, target * 4),
  };
}

/** Null where the engine lacks relaxed SIMD (Node before 21): the plain kernel is used instead. */
function compile(): WebAssembly.Module | null {
  const binary = readFileSync(new URL('./kernel.wasm', import.meta.url));
  return WebAssembly.validate(binary) ? new WebAssembly.Module(binary) : null;
}
