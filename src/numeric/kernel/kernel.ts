/** Dense single-precision products and small factorisations, in SIMD where the engine has it. Never allocates. */

import { readFileSync } from 'node:fs';
import { type Matrix, SCRATCH_FLOATS } from '../dense.ts';
import { createPlainKernel } from './plain.ts';

/** Works on matrices inside one memory; one kernel per thread. */
export type Kernel = {
  readonly name: 'simd' | 'plain';
  /** The whole memory; a view's offset is an index here. */
  readonly floats: Float32Array;
  /** C = beta · C + alpha · A · B; C is row-major and must not overlap A or B. */
  readonly multiply: (alpha: number, a: Matrix, b: Matrix, beta: 0 | 1, c: Matrix) => void;
  /** A = L · Lᵀ in place, for a small block; false where A is not positive definite. */
  readonly factoriseBlock: (a: Matrix) => boolean;
  /** X = L⁻ᵀ, zeros below the diagonal, for a small block. */
  readonly invertTriangle: (l: Matrix, x: Matrix) => void;
  /** One round of coordinate descent; answers the largest change of a weight. */
  readonly descend: (descent: Descent) => number;
  /** Steps of conjugate gradients towards the solution of a system. */
  readonly solveNormalEquations: (equations: NormalEquations) => void;
  /** A run of floats to where it does not overlap: several times as fast as copyWithin on shared memory. */
  readonly copyRun: (length: number, source: number, target: number) => void;
  /** target += factor · source, for runs of floats. */
  readonly addScaled: (length: number, factor: number, source: number, target: number) => void;
};

/** min ½ wᵀGw - bᵀw + l1·|w|₁ + ½ l2·|w|² over w ≥ least, with G symmetric and row-major. */
export type Descent = {
  readonly g: Matrix;
  /** Where the weights w and the residuals b - G·w lie. */
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
 * (shared + penalty · I + sum of y·yᵀ) · x = sum of y over some rows y of a matrix. What `createArena` places has the
 * padding that rows, the shared part and the runs of floats need.
 */
export type NormalEquations = {
  /** The part of the matrix that many systems have in common, symmetric. */
  readonly shared: Matrix;
  readonly penalty: number;
  readonly rows: Matrix;
  /** Where the numbers of the rows lie, each 32 bits without sign, and how many they are. */
  readonly indices: number;
  readonly count: number;
  /** Where the start lies, which the result replaces. */
  readonly solution: number;
  /** As many as there are unknowns solve the system. */
  readonly steps: number;
  /** Room for three rows. */
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

/** @param threadIndex which scratch of the memory is this kernel's own */
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

/** Null where the engine lacks relaxed SIMD (Node before 21): the plain kernel serves. */
function compile(): WebAssembly.Module | null {
  const binary = readFileSync(new URL('./kernel.wasm', import.meta.url));
  return WebAssembly.validate(binary) ? new WebAssembly.Module(binary) : null;
}
