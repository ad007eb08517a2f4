import { createRandom } from '#numeric/random.ts';
import { measureFolds } from '#segments/look-alikes/lift.ts';
import { rankLookAlikes } from '#segments/look-alikes/ranking.ts';
import { lookAlikeDefaults } from '#segments/look-alikes/settings.ts';
import { expect, test } from 'vitest';

const settings = { ...lookAlikeDefaults, traits: ['amount_spent', 'recency_days'] };

/** 1,000 people, of whom seeds and 60 twins of theirs spend more and bought later. */
function people(seed: number): { columns: Float64Array[]; isSeed: Uint8Array; twins: Set<number> } {
  const random = createRandom(seed);
  const isSeed = Uint8Array.from({ length: 1000 }, (_, row) => (row < 80 ? 1 : 0));
  const isTwin = (row: number) => row >= 80 && row < 140;
  const column = (usual: number, seedy: number) =>
    Float64Array.from(isSeed, (flag, row) =>
      Math.exp(Math.log(flag === 1 || isTwin(row) ? seedy : usual) + 0.3 * random.normal()),
    );
  const twins = new Set(Array.from({ length: 60 }, (_, index) => 80 + index));
  return { columns: [column(50, 500), column(200, 20)], isSeed, twins };
}

test.each(['similarity', 'classifier'] as const)('puts the twins of the seeds first by %s', (method) => {
  const { columns, isSeed, twins } = people(1);

  const { rows, scores } = rankLookAlikes({ settings: { ...settings, method }, columns, isSeed })!;

  expect(rows).toHaveLength(460);
  expect([...rows.subarray(0, 60)].filter((row) => twins.has(row)).length).toBeGreaterThan(57);
  expect([...scores]).toEqual([...scores].toSorted((left, right) => right - left));
  expect(scores[0]).toBeLessThanOrEqual(1);
  expect([...rows].some((row) => isSeed[row] === 1)).toBe(false);
});

test('measures both methods on hidden seeds, and says what is typical of them', () => {
  const { columns, isSeed } = people(1);

  const { report } = rankLookAlikes({ settings, columns, isSeed })!;

  expect(report).toMatchObject({ seedCount: 80, candidateCount: 920, foldCount: 5 });
  for (const { lifts, areaUnderCurve } of report.methods) {
    expect(areaUnderCurve).toBeGreaterThan(0.9);
    expect(lifts.map(({ share }) => share)).toEqual([0.01, 0.05, 0.1, 0.2, 0.5]);
    expect(lifts[2]!.lift).toBeGreaterThan(7);
    expect(lifts[4]!.recall).toBe(1);
  }
  const signs = report.weights.map(({ trait, weight }) => [trait, Math.sign(weight)]);
  expect(Object.fromEntries(signs)).toEqual({ amount_spent: 1, recency_days: -1 });
});

test('has a lift of about 1 where seeds are like anybody', () => {
  const random = createRandom(5);
  const columns = [0, 1].map(() => Float64Array.from({ length: 4000 }, random.normal));
  const isSeed = Uint8Array.from({ length: 4000 }, (_, row) => (row < 800 ? 1 : 0));

  const { report } = rankLookAlikes({ settings, columns, isSeed })!;

  for (const { lifts, areaUnderCurve } of report.methods) {
    expect(Math.abs(areaUnderCurve - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(lifts[3]!.lift - 1)).toBeLessThan(0.2);
  }
});

test('takes the method that brings hidden seeds further up, unless one is asked for', () => {
  const random = createRandom(1);
  // Seeds on a ring about the others: no straight line tells them apart, their neighbours do.
  const isSeed = Uint8Array.from({ length: 1500 }, (_, row) => (row < 300 ? 1 : 0));
  const places = Array.from(isSeed, (flag) => {
    const angle = 2 * Math.PI * random.uniform();
    const radius = flag === 1 ? 4 + 0.2 * random.normal() : 2 * random.uniform();
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
  const columns = [Float64Array.from(places, ([x]) => x), Float64Array.from(places, ([, y]) => y)];

  const free = rankLookAlikes({ settings, columns, isSeed })!.report;
  const asked = rankLookAlikes({ settings: { ...settings, method: 'classifier' }, columns, isSeed })!.report;

  expect(free.method).toBe('similarity');
  expect(asked.method).toBe('classifier');
  expect(asked.methods).toEqual(free.methods);
});

test('counts lift and area by hand, ties against the method', () => {
  // Hidden 0.9 and 0.2; others 0.9, 0.5, 0.1 and five of 0: the hidden ones come second and fourth.
  const scores = Float64Array.of(0.9, 0.2, 0.9, 0.5, 0.1, ...new Float64Array(5));

  const { lifts, areaUnderCurve } = measureFolds([{ scores, hiddenCount: 2 }], 1000);

  expect(lifts.map(({ found, people, recall }) => [found, people, recall])).toEqual([
    [0, 10, 0],
    [0, 50, 0],
    [0, 100, 0],
    [1, 200, 0.5],
    [2, 500, 1],
  ]);
  expect(lifts[3]!.lift).toBeCloseTo(2.5);
  expect(areaUnderCurve).toBeCloseTo(1 - 3 / 16);
});
