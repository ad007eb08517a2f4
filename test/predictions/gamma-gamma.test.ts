import * as fc from 'fast-check';
import { hasDataset } from '#evaluation/datasets/files.ts';
import { expectSpend, fitGammaGamma, gammaGammaLogLikelihood } from '#predictions/algorithms/gamma-gamma.ts';
import { logGamma } from '#predictions/algorithms/log-gamma.ts';
import { minimize } from '#predictions/algorithms/nelder-mead.ts';
import { expect, test } from 'vitest';

import { NO_DATA, readCdnowSample } from './cdnow.ts';

test('finds the published parameters of CDNOW, and the spend expected of its first ten customers', ({
  skip,
}) => {
  if (!hasDataset('cdnow')) skip(NO_DATA);
  const customers = readCdnowSample();
  const buyers = customers.filter(({ x }) => x > 0);
  const { parameters, logLikelihood, hasConverged } = fitGammaGamma({
    counts: Float64Array.from(buyers, ({ x }) => x),
    meanSpends: Float64Array.from(buyers, ({ meanSpend }) => meanSpend),
  });

  expect(hasConverged).toBe(true);
  expect(Math.abs(parameters.p - 6.25)).toBeLessThan(0.02);
  expect(Math.abs(parameters.q - 3.74)).toBeLessThan(0.02);
  expect(Math.abs(parameters.v - 15.44)).toBeLessThan(0.02);
  expect(logLikelihood).toBeCloseTo(-4055.92, 2);
  const published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17];
  customers.slice(0, 10).forEach(({ x, meanSpend }, index) => {
    // The file rounds mean spends to cents.
    expect(Math.abs(expectSpend(parameters, x, meanSpend) - published[index]!)).toBeLessThan(0.02);
  });
});

test('gives the likelihood worked by hand', () => {
  // p = q = v = x = 1: Γ(2) / (1 + z)² at z = 1.
  expect(
    gammaGammaLogLikelihood(
      { p: 1, q: 1, v: 1 },
      { counts: Float64Array.of(1), meanSpends: Float64Array.of(1) },
    ),
  ).toBeCloseTo(Math.log(1 / 4), 12);
  // p = 1, q = 2, v = 3, x = 2, z = 1/2: Γ(4)/(Γ(2)Γ(2)) · 9 · z · 4 / (3 + 1)^4.
  expect(
    gammaGammaLogLikelihood(
      { p: 1, q: 2, v: 3 },
      { counts: Float64Array.of(2), meanSpends: Float64Array.of(0.5) },
    ),
  ).toBeCloseTo(Math.log((6 * 9 * 0.5 * 4) / 4 ** 4), 12);
});

test("draws a customer's mean towards the population's, the less the more they bought", () => {
  const parameters = { p: 6, q: 4, v: 15 };
  const populationMean = expectSpend(parameters, 0, 0);
  const money = fc.double({ min: 0.01, max: 1000, noNaN: true });

  expect(populationMean).toBe(30);
  fc.assert(
    fc.property(money, fc.integer({ min: 1, max: 100 }), (meanSpend, count) => {
      const distance = (purchases: number) =>
        Math.abs(expectSpend(parameters, purchases, meanSpend) - meanSpend);

      expect(distance(count)).toBeLessThanOrEqual(Math.abs(populationMean - meanSpend));
      expect(distance(count + 1)).toBeLessThanOrEqual(distance(count) + 1e-12);
    }),
  );
});

test('knows the logarithms of factorials and of the square root of pi', () => {
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
  let factorial = 1;
  for (let n = 1; n <= 30; n += 1) {
    expect(Math.abs(logGamma(n) - Math.log(factorial))).toBeLessThan(1e-12);
    factorial *= n;
  }
});

test('finds the bottom of a bent valley, and says when it was stopped before', () => {
  // Rosenbrock 1960: lowest at (1, 1).
  const valley = ([x, y]: Float64Array) => (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2;
  const { point, hasConverged } = minimize(valley, Float64Array.of(-1.2, 1));

  expect(hasConverged).toBe(true);
  expect(point[0]).toBeCloseTo(1, 3);
  expect(point[1]).toBeCloseTo(1, 3);
  expect(minimize(valley, Float64Array.of(-1.2, 1), { maxEvaluations: 30 }).hasConverged).toBe(false);
});
