import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { block, createArena, type Matrix, transposed } from '#numeric/dense.ts';
import { compileKernel } from '#numeric/kernel/compile.ts';
import { createKernel, type Kernel, type NormalEquations } from '#numeric/kernel/kernel.ts';
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

test('takes as many steps of conjugate gradients as there are unknowns to solve a system', () => {
  for (const [create, digits] of [
    [createKernel, 4],
    [createPlainKernel, 5],
  ] as const) {
    for (const size of [1, 4, 7, 22]) {
      const { kernel, fill } = setUp(create);
      const equations = placeEquations(kernel, fill, size, 13);

      kernel.solveNormalEquations({ ...equations, steps: size });

      for (const gap of residualsOf(kernel, equations)) expect(gap).toBeCloseTo(0, digits);
    }
  }
});

test('takes the steps of the plain kernel, each of them nearer to the solution', () => {
  const results = [createKernel, createPlainKernel].map((create) =>
    [0, 1, 2, 3].map((steps) => {
      const { kernel, fill } = setUp(create);
      const equations = placeEquations(kernel, fill, 22, 13);
      kernel.solveNormalEquations({ ...equations, steps });
      const start = equations.solution;
      return { x: [...kernel.floats.subarray(start, start + 22)], gap: energyOf(kernel, equations) };
    }),
  );

  const [simd, plain] = results;
  for (const [steps, { x }] of simd!.entries()) {
    for (const [index, value] of x.entries()) expect(value).toBeCloseTo(plain![steps]!.x[index]!, 4);
  }
  const gaps = simd!.map(({ gap }) => gap);
  expect(gaps).toEqual(gaps.toSorted((left, right) => right - left));
  expect(gaps[3]).toBeLessThan(gaps[0]!);
});

test('leaves a system without rows and with a start of 0 as it is', () => {
  for (const create of [createKernel, createPlainKernel]) {
    const { kernel, fill } = setUp(create);
    const equations = placeEquations(kernel, fill, 6, 0);
    kernel.floats.fill(0, equations.solution, equations.solution + 6);

    kernel.solveNormalEquations({ ...equations, steps: 3 });

    expect([...kernel.floats.subarray(equations.solution, equations.solution + 6)]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
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

/** A system of some unknowns, over every second row of a matrix, the first of them twice. */
function placeEquations(kernel: Kernel, fill: Setting['fill'], size: number, count: number): NormalEquations {
  const fillRows = (rowCount: number): Matrix => {
    const matrix = fill(rowCount, size);
    for (let row = 0; row < rowCount; row += 1) {
      const end = matrix.offset + (row + 1) * matrix.rowStride;
      kernel.floats.fill(0, end - matrix.rowStride + size, end);
    }
    return matrix;
  };
  const root = fillRows(size + 3);
  const shared = fillRows(size);
  kernel.multiply(1, transposed(root), root, 0, shared);
  const rows = fillRows(2 * count + 1);
  const indices = fillRows(count + 1).offset;
  const numbers = Array.from({ length: count }, (_, place) => (place === count - 1 ? 0 : place * 2));
  new Uint32Array(kernel.floats.buffer, indices * 4, count).set(numbers);
  const solution = fillRows(1).offset;
  return { shared, penalty: 0.7, rows, indices, count, solution, steps: 0, scratch: fillRows(3) };
}

/** A · x - b in double precision, from the rows as they were given. */
function residualsOf(
  kernel: Kernel,
  { shared, penalty, rows, indices, count, solution }: NormalEquations,
): number[] {
  const size = rows.columnCount;
  const x = [...kernel.floats.subarray(solution, solution + size)];
  const times = (row: readonly number[]): number =>
    row.reduce((sum, value, index) => sum + value * x[index]!, 0);
  const values = read(kernel, rows);
  const seen = [...new Uint32Array(kernel.floats.buffer, indices * 4, count)].map((row) => values[row]!);
  return read(kernel, shared).map(
    (row, index) =>
      times(row) + penalty * x[index]! + seen.reduce((sum, y) => sum + (times(y) - 1) * y[index]!, 0),
  );
}

/** ½ xᵀ · A · x - bᵀ · x, which every step lowers. */
function energyOf(kernel: Kernel, equations: NormalEquations): number {
  const { rows, indices, count, solution } = equations;
  const values = read(kernel, rows);
  const seen = [...new Uint32Array(kernel.floats.buffer, indices * 4, count)].map((row) => values[row]!);
  return residualsOf(kernel, equations).reduce((sum, gap, index) => {
    const right = seen.reduce((total, y) => total + y[index]!, 0);
    return sum + 0.5 * kernel.floats[solution + index]! * (gap - right);
  }, 0);
}

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
    const matrix = arena.allocate(rows.length, rows[0]?.length ?? 0);
    for (const [row, values] of rows.entries())
      kernel.floats.set(values, matrix.offset + row * matrix.rowStride);
    return matrix;
  };
  const fill = (rowCount: number, columnCount: number): Matrix => {
    const matrix = arena.allocate(rowCount, columnCount);
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
