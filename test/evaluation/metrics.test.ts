import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { measureCatalogue, measureErrors, measureList } from '#recommendations/training/ranking-metrics.ts';

test('measures a list worked by hand', () => {
  // Relevant at places 2 and 5 of five; three are relevant in all.
  const ranked = {
    userIndex: 0,
    list: Uint32Array.of(7, 1, 8, 9, 2),
    relevant: new Set([1, 2, 3]),
    historyLength: 1,
  };

  const measured = measureList(ranked, 5);

  const ideal = 1 + 1 / Math.log2(3) + 1 / 2;
  expect(measured.precision).toBeCloseTo(2 / 5, 12);
  expect(measured.recall).toBeCloseTo(2 / 3, 12);
  expect(measured.f1).toBeCloseTo(1 / 2, 12);
  expect(measured.ndcg).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(6)) / ideal, 12);
  expect(measured.hr).toBe(1);
  expect(measured.mrr).toBe(1 / 2);
  expect(measured.map).toBeCloseTo((1 / 2 + 2 / 5) / 3, 12);
});

test('has the nDCG of scikit-learn 1.9.1 (ndcg_score) for places 2, 5 and 6 at 5', () => {
  const list = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7);

  expect(
    measureList({ userIndex: 0, list, relevant: new Set([1, 4, 5]), historyLength: 0 }, 5).ndcg,
  ).toBeCloseTo(0.47761, 4);
});

test('keeps every metric between 0 and 1, and at 1 for a perfect list', () => {
  const lists = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(
      lists,
      fc.uniqueArray(fc.nat(30), { minLength: 1 }),
      fc.constantFrom(5, 10, 20),
      (list, relevant, cutoff) => {
        const ranked = {
          userIndex: 0,
          list: Uint32Array.from(list),
          relevant: new Set(relevant),
          historyLength: 0,
        };
        for (const value of Object.values(measureList(ranked, cutoff)))
          expect(value >= 0 && value <= 1 + 1e-12).toBe(true);

        const perfect = measureList({ ...ranked, list: Uint32Array.from(relevant) }, cutoff);
        expect([perfect.ndcg, perfect.map, perfect.hr, perfect.mrr]).toEqual(
          [1, 1, 1, 1].map((one): unknown => expect.closeTo(one, 9)),
        );
      },
    ),
  );
});

test('tells how much of the catalogue is shown, how evenly, and how rare it is', () => {
  const cases = [Uint32Array.of(0, 1), Uint32Array.of(0, 1)].map((list) => ({
    userIndex: 0,
    list,
    relevant: new Set([0]),
    historyLength: 0,
  }));

  const measured = measureCatalogue(cases, Float64Array.of(0.5, 0.25, 0, 0), 100, 2);

  expect(measured.coverage).toBe(0.5);
  // Counts 0, 0, 2, 2: ((1 · 2 + 3 · 2) / (4 · 4)).
  expect(measured.gini).toBe(0.5);
  expect(measured.novelty).toBe(1.5);
});

test('measures errors of ratings', () => {
  expect(measureErrors(Float64Array.of(1, 5), Float32Array.of(4, 1))).toEqual({
    rmse: Math.sqrt(12.5),
    mae: 3.5,
  });
});
