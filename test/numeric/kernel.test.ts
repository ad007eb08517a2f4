import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { block, createArena, type Matrix, transposed } from '#numeric/dense.ts';
import { compileKernel } from '#numeric/kernel/compile.ts';
import { createKernel, type Kernel } from '#numeric/kernel/kernel.ts';
import { createPlainKernel } from '#numeric/kernel/plain.ts';
import { createRandom } from '#numeric/random.ts';

test('is, byte for byte, what its sources compile to', async () => {
  const committed = await readFile(new URL('../../src/numeric/kernel/kernel.wasm', import.meta.url));

  expect(Buffer.from(await compileKernel()).equals(committed)).toBe(true);
});

test('runs in SIMD on this engine', () => {
  expect(createKernel(createArena(16).memory).name).toBe('simd');
});

test('multiplies a case worked by hand', () => {
  const { kernel, place } = setUp(createKernel);
  const a = place([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const b = place([
    [1, 0],
    [0, 2],
    [1, 1],
  ]);
  const c = place([
    [10, 10],
    [10, 10],
  ]);

  kernel.multiply(2, a, b, 1, c);

  expect(read(kernel, c)).toEqual([
    [18, 24],
    [30, 42],
  ]);
});

test('ignores what is in C, even NaN, where beta is 0', () => {
  const { kernel, place } = setUp(createKernel);
  const a = place([[3]]);
  const c = place([[Number.NaN]]);

  kernel.multiply(1, a, a, 0, c);

  expect(read(kernel, c)).toEqual([[9]]);
});

test('gives what the plain kernel gives, for any shape, stride and transposition', () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      size,
      size,
      fc.integer({ min: 0, max: 300 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom<0 | 1>(0, 1),
      (m, n, k, turnA, turnB, beta) => {
        const results = [createKernel, createPlainKernel].map((create) => {
          const { kernel, fill } = setUp(create);
          const a = turnA ? transposed(fill(k, m)) : fill(m, k);
          const b = turnB ? transposed(fill(n, k)) : fill(k, n);
          const c = block(fill(m + 2, n + 5), 1, 0, m, n);
          kernel.multiply(-1.5, a, b, beta, c);
          return read(kernel, c).flat();
        });

        for (const [index, value] of results[0]!.entries()) expect(value).toBeCloseTo(results[1]![index]!, 3);
      },
    ),
    { numRuns: 60 },
  );
});

test('factors a block and inverts its triangle like the plain kernel', () => {
  const results = [createKernel, createPlainKernel].map((create) => {
    const { kernel, fill } = setUp(create);
    const root = fill(37, 37);
    const a = fill(37, 37);
    kernel.multiply(1, root, transposed(root), 0, a);
    for (let index = 0; index < 37; index += 1) kernel.floats[a.offset + index * a.rowStride + index]! += 5;
    const isPositive = kernel.factoriseBlock(a);
    const inverse = fill(37, 37);
    kernel.invertTriangle(a, inverse);
    return { isPositive, inverse: read(kernel, inverse).flat() };
  });

  expect(results[0]!.isPositive && results[1]!.isPositive).toBe(true);
  for (const [index, value] of results[0]!.inverse.entries())
    expect(value).toBeCloseTo(results[1]!.inverse[index]!, 4);
});

test('solves a factored system: L · Lᵀ · x is what was asked for', () => {
  for (const create of [createKernel, createPlainKernel]) {
    const { kernel, fill } = setUp(create);
    const root = fill(21, 21);
    const a = fill(21, 21);
    kernel.multiply(1, root, transposed(root), 0, a);
    for (let index = 0; index < 21; index += 1) kernel.floats[a.offset + index * a.rowStride + index]! += 5;
    const rows = read(kernel, a);
    const asked = fill(1, 21);
    const wanted = read(kernel, asked)[0]!;
    kernel.factoriseBlock(a);

    kernel.substitute(a, asked.offset);

    const solved = read(kernel, asked)[0]!;
    for (const [row, values] of rows.entries()) {
      const product = values.reduce((sum, value, column) => sum + value * solved[column]!, 0);
      expect(product).toBeCloseTo(wanted[row]!, 5);
    }
  }
});

test.each([0, -Infinity])('descends like the plain kernel, with weights of at least %d', (least) => {
  const results = [createKernel, createPlainKernel].map((create) => {
    const { kernel, fill } = setUp(create);
    const root = fill(37, 37);
    const g = fill(37, 37);
    kernel.multiply(1, root, transposed(root), 0, g);
    const weights = fill(1, 37);
    kernel.floats.fill(0, weights.offset, weights.offset + 37);
    const residuals = fill(1, 37);
    const start = residuals.offset;
    const descent = { g, weights: weights.offset, residuals: start, l1: 0.05, l2: 0.5, least, skipped: 3 };
    const changes = Array.from({ length: 40 }, () => kernel.descend(descent));
    return { changes, weights: read(kernel, weights)[0]! };
  });

  const [simd, plain] = results;
  expect(simd!.weights[3]).toBe(0);
  expect(simd!.weights.some((weight) => weight < 0)).toBe(least < 0);
  expect(simd!.changes.at(-1)).toBeLessThan(1e-5);
  for (const [index, weight] of simd!.weights.entries())
    expect(weight).toBeCloseTo(plain!.weights[index]!, 4);
});

test('copies and adds runs of any length without touching their surroundings', () => {
  for (const create of [createKernel, createPlainKernel]) {
    for (const length of [0, 3, 8, 13]) {
      const { kernel, place } = setUp(create);
      const source = place([Array.from({ length: 16 }, (_, index) => index + 1)]);
      const target = place([Array.from({ length: 16 }, () => 100)]);

      kernel.copyRun(length, source.offset, target.offset);
      kernel.addScaled(length, 2, source.offset, target.offset);

      const expected = Array.from({ length: 16 }, (_, index) => (index < length ? 3 * (index + 1) : 100));
      expect(read(kernel, target)[0]).toEqual(expected);
    }
  }
});

test('answers false for a block that is not positive definite', () => {
  const { kernel, place } = setUp(createKernel);

  expect(
    kernel.factoriseBlock(
      place([
        [1, 2],
        [2, 1],
      ]),
    ),
  ).toBe(false);
});

type Setting = {
  readonly kernel: Kernel;
  readonly place: (rows: readonly (readonly number[])[]) => Matrix;
  /** A matrix of numbers that are equal in every setting. */
  readonly fill: (rowCount: number, columnCount: number) => Matrix;
};

function setUp(create: (memory: WebAssembly.Memory) => Kernel): Setting {
  const arena = createArena(200_000);
  const kernel = create(arena.memory);
  const random = createRandom(7);
  const place = (rows: readonly (readonly number[])[]): Matrix => {
    const matrix = arena.place(rows.length, rows[0]?.length ?? 0);
    for (const [row, values] of rows.entries())
      kernel.floats.set(values, matrix.offset + row * matrix.rowStride);
    return matrix;
  };
  const fill = (rowCount: number, columnCount: number): Matrix => {
    const matrix = arena.place(rowCount, columnCount);
    for (let cell = 0; cell < rowCount * matrix.rowStride; cell += 1)
      kernel.floats[matrix.offset + cell] = random.uniform() - 0.5;
    return matrix;
  };
  return { kernel, place, fill };
}

function read({ floats }: Kernel, matrix: Matrix): number[][] {
  return Array.from({ length: matrix.rowCount }, (_, row) =>
    Array.from(
      { length: matrix.columnCount },
      (_, column) => floats[matrix.offset + row * matrix.rowStride + column * matrix.columnStride]!,
    ),
  );
}
