import { expect, test } from 'vitest';
import { createArena, type Matrix } from '#numeric/dense.ts';
import { factoriseSmall, solveFactorised } from '#numeric/cholesky.ts';
import { createKernel } from '#numeric/kernel/kernel.ts';
import { invert } from '#numeric/positive-definite.ts';
import { createRandom } from '#numeric/random.ts';
import { ALONE, withWorkers } from '#numeric/worker-pool.ts';
import { invertShared } from './invert-task.ts';

test('inverts a matrix worked by hand', () => {
  // [[4, 2], [2, 3]] has the determinant 8.
  const { floats, a, run } = setUp([
    [4, 2],
    [2, 3],
  ]);

  run();

  const inverse = [
    floats[a.offset]!,
    floats[a.offset + 1]!,
    floats[a.offset + a.rowStride]!,
    floats[a.offset + a.rowStride + 1]!,
  ];
  for (const [index, value] of [3 / 8, -1 / 4, -1 / 4, 1 / 2].entries())
    expect(inverse[index]).toBeCloseTo(value, 6);
});

test.each([1, 7, 8, 9, 16, 31])('times its inverse is the identity at size %i, blocks of 8', (size) => {
  const rows = drawPositiveDefinite(size);
  const { floats, a, run } = setUp(rows);

  run();

  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      let sum = 0;
      for (let inner = 0; inner < size; inner += 1)
        sum += rows[row]![inner]! * floats[a.offset + inner * a.rowStride + column]!;
      expect(sum).toBeCloseTo(row === column ? 1 : 0, 3);
    }
  }
});

test('gives the same bits on one thread and on three', () => {
  const rows = drawPositiveDefinite(50);
  const alone = setUp(rows);
  const together = setUp(rows);

  alone.run();
  withWorkers(3, (pool) => {
    const { memory, a, scratch } = together;
    pool.run(new URL('./invert-task.ts', import.meta.url).href, invertShared, { memory, a, scratch });
  });

  const cells = (setting: Setting): Float32Array =>
    setting.floats.subarray(setting.a.offset, setting.a.offset + 50 * setting.a.rowStride);
  expect(cells(together)).toEqual(cells(alone));
});

test('says that a matrix is not positive definite', () => {
  const { run } = setUp([
    [1, 2],
    [2, 1],
  ]);

  expect(run).toThrow('expected a positive definite matrix');
});

test('solves a small system in double precision', () => {
  const a = Float64Array.of(4, 2, 2, 3);
  const b = Float64Array.of(10, 9);

  factoriseSmall(a, 2);
  solveFactorised(a, 2, b);

  expect(b[0]).toBeCloseTo(1.5, 12);
  expect(b[1]).toBeCloseTo(2, 12);
});

type Setting = {
  readonly memory: WebAssembly.Memory;
  readonly floats: Float32Array;
  readonly a: Matrix;
  readonly scratch: { readonly diagonal: Matrix; readonly panel: Matrix };
  readonly run: () => void;
};

function setUp(rows: readonly (readonly number[])[]): Setting {
  const arena = createArena(20_000);
  const kernel = createKernel(arena.memory);
  const a = arena.allocate(rows.length, rows.length);
  const scratch = { diagonal: arena.allocate(rows.length, 8), panel: arena.allocate(3 * 8, 8) };
  for (const [row, values] of rows.entries()) kernel.floats.set(values, a.offset + row * a.rowStride);
  return {
    memory: arena.memory,
    floats: kernel.floats,
    a,
    scratch,
    run: () => invert(kernel, ALONE, a, scratch),
  };
}

/** RᵀR plus a ridge. */
function drawPositiveDefinite(size: number): number[][] {
  const random = createRandom(3);
  const root = Array.from({ length: size }, () => Array.from({ length: size }, () => random.normal()));
  return Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => {
      const product = root.reduce((sum, values) => sum + values[row]! * values[column]!, 0);
      return product / size + (row === column ? 1 : 0);
    }),
  );
}
