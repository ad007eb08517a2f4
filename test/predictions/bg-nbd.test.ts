import * as fc from 'fast-check';
import { hasDataset } from '#evaluation/datasets/files.ts';
import {
  aliveProbability,
  bgNbdLogLikelihood,
  type BgNbdParameters,
  expectPurchases,
  fitBgNbd,
  type PurchaseHistories,
} from '#predictions/algorithms/bg-nbd.ts';
import { groupPurchases } from '#predictions/fitting.ts';
import { describe, expect, test } from 'vitest';

import { NO_DATA, readCdnowPurchaseDays, readCdnowSample } from './cdnow.ts';

/** Fader, Hardie, Lee 2005, table 2; weeks. */
const published: BgNbdParameters = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };

function histories(
  rows: readonly (readonly [x: number, lastTime: number, age: number])[],
): PurchaseHistories {
  const column = (index: 0 | 1 | 2) => Float64Array.from(rows, (row) => row[index]);
  return {
    repeatCounts: column(0),
    lastTimes: column(1),
    ages: column(2),
    customerCounts: new Float64Array(rows.length).fill(1),
  };
}

describe('on CDNOW', () => {
  test('finds the published parameters', ({ skip }) => {
    if (!hasDataset('cdnow')) skip(NO_DATA);
    const { parameters, logLikelihood, hasConverged } = fitBgNbd(
      histories(readCdnowSample().map(({ x, lastTime, age }) => [x, lastTime, age])),
    );

    expect(hasConverged).toBe(true);
    expect(parameters.r).toBeCloseTo(published.r, 2);
    expect(parameters.alpha).toBeCloseTo(published.alpha, 2);
    expect(parameters.a).toBeCloseTo(published.a, 2);
    expect(parameters.b).toBeCloseTo(published.b, 2);
    expect(logLikelihood).toBeCloseTo(-9582.43, 2);
    expect(expectPurchases(parameters, 2, 30.43, 38.86, 39)).toBeCloseTo(1.226, 3);
    const ofNewCustomer = [
      [0.1429, 0.0078],
      [1, 0.0532],
      [3, 0.1506],
      [31.8571, 1.0405],
      [32, 1.0437],
      [78, 1.8576],
    ] as const;
    for (const [weeks, purchases] of ofNewCustomer) {
      expect(expectPurchases(parameters, 0, 0, 0, weeks)).toBeCloseTo(purchases, 3);
    }
  });

  test('expects of all together 12 in 100 fewer purchases than came in the 39 weeks after', ({ skip }) => {
    if (!hasDataset('cdnow')) skip(NO_DATA);
    const customers = readCdnowSample();
    const { parameters } = fitBgNbd(histories(customers.map(({ x, lastTime, age }) => [x, lastTime, age])));

    const expected = customers.reduce(
      (sum, { x, lastTime, age }) => sum + expectPurchases(parameters, x, lastTime, age, 39),
      0,
    );

    // The sample's repeat purchase days from 1 October 1997 to 30 June 1998, counted from its log.
    expect(expected / 1882).toBeCloseTo(0.88, 2);
  });

  test('finds those of the whole cohort, in days and with equal histories in one row', ({ skip }) => {
    if (!hasDataset('cdnow')) skip(NO_DATA);
    const end = Date.parse('1997-09-30') / 86_400_000;
    const customers = readCdnowPurchaseDays().map((days) => ({
      repeatCount: days.length - 1,
      lastTime: days[days.length - 1]! - days[0]!,
      age: end - days[0]!,
      meanSpend: 0,
    }));
    const grouped = groupPurchases(customers);
    const { parameters } = fitBgNbd(grouped);

    expect(grouped.ages.length).toBeLessThan(customers.length / 2);
    expect(grouped.customerCounts.reduce((sum, count) => sum + count)).toBe(23_570);
    expect(parameters.r).toBeCloseTo(0.25162, 3);
    expect(parameters.alpha / 7).toBeCloseTo(4.78894, 2);
    expect(parameters.a).toBeCloseTo(0.72343, 2);
    expect(parameters.b).toBeCloseTo(2.16109, 2);
  });
});

test('gives the likelihood worked by hand', () => {
  // No repeat: (α / (α+T))^r = (1/2)^2.
  expect(bgNbdLogLikelihood({ r: 2, alpha: 1, a: 1, b: 1 }, histories([[0, 0, 1]]))).toBeCloseTo(
    Math.log(1 / 4),
    12,
  );
  // One: rα/(α+T)² · b/(a+b) · (1 + a/b ((α+T)/(α+t_x))²) = 1/16 · 1/2 · (1 + 4).
  expect(bgNbdLogLikelihood({ r: 1, alpha: 1, a: 1, b: 1 }, histories([[1, 1, 3]]))).toBeCloseTo(
    Math.log(5 / 32),
    12,
  );
});

test('gives the chance of being alive and the purchases worked by hand', () => {
  expect(aliveProbability({ r: 1, alpha: 10, a: 1, b: 1 }, 1, 10, 30)).toBeCloseTo(1 / (1 + 2 ** 2), 12);
  expect(aliveProbability(published, 0, 0, 500)).toBe(1);
  // z = 1/2 and 2F1(1, 1; 2; z) = -ln(1-z)/z make it 2 (1 - ln 2).
  expect(expectPurchases({ r: 1, alpha: 1, a: 2, b: 1 }, 0, 0, 0, 1)).toBeCloseTo(2 * (1 - Math.LN2), 10);
});

test('passes without a jump where the closed form divides by zero', () => {
  const history = [0, 0, 20, 50] as const;
  const near = (a: number, b: number) => expectPurchases({ r: 0.5, alpha: 5, a, b }, ...history);

  expect(near(1, 2)).toBeCloseTo((near(1 - 1e-5, 2) + near(1 + 1e-5, 2)) / 2, 8);
  expect(near(0.4, 0.6)).toBeCloseTo((near(0.4, 0.6 - 1e-5) + near(0.4, 0.6 + 1e-5)) / 2, 8);
});

test('expects a weekly purchase of those who never missed a week', () => {
  const { parameters, hasConverged } = fitBgNbd(histories(Array.from({ length: 100 }, () => [20, 140, 143])));

  expect(hasConverged).toBe(true);
  expect(expectPurchases(parameters, 20, 140, 143, 70)).toBeCloseTo(10, 0);
});

const positive = fc.double({ min: 0.05, max: 20, noNaN: true });
const anyParameters = fc.record({ r: positive, alpha: positive, a: positive, b: positive });
const anyHistory = fc
  .tuple(
    fc.integer({ min: 0, max: 60 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 1, max: 200, noNaN: true }),
  )
  .map(([x, share, age]) => ({ x, lastTime: x === 0 ? 0 : share * age, age }));
const anyHorizon = fc.double({ min: 0.1, max: 500, noNaN: true });

test('keeps the chance of being alive within 0 and 1, and lowers it with every day of silence', () => {
  fc.assert(
    fc.property(anyParameters, anyHistory, anyHorizon, (parameters, { x, lastTime, age }, silence) => {
      const now = aliveProbability(parameters, x, lastTime, age);
      const later = aliveProbability(parameters, x, lastTime, age + silence);

      expect(now).toBeGreaterThanOrEqual(0);
      expect(now).toBeLessThanOrEqual(1);
      expect(x > 0 && now > 0 ? later < now : later === now).toBe(true);
    }),
  );
});

test('expects no fewer purchases of a longer horizon', () => {
  fc.assert(
    fc.property(
      anyParameters,
      anyHistory,
      anyHorizon,
      anyHorizon,
      (parameters, { x, lastTime, age }, horizon, more) => {
        const shorter = expectPurchases(parameters, x, lastTime, age, horizon);
        const longer = expectPurchases(parameters, x, lastTime, age, horizon + more);

        expect(shorter).toBeGreaterThanOrEqual(0);
        expect(longer).toBeGreaterThanOrEqual(shorter * (1 - 1e-9));
      },
    ),
  );
});

test('sums to the closed form of the paper, where that can be computed', () => {
  const benign = fc.record({
    r: positive,
    alpha: positive,
    a: fc.double({ min: 1.2, max: 4, noNaN: true }),
    b: positive,
  });
  const fewPurchases = fc.integer({ min: 0, max: 5 });
  fc.assert(
    fc.property(benign, fewPurchases, fc.double({ min: 0.05, max: 0.8, noNaN: true }), (parameters, x, z) => {
      const age = 10;
      const horizon = ((parameters.alpha + age) * z) / (1 - z);
      const expected =
        closedForm(parameters, x, z) * aliveProbability(parameters, x, x === 0 ? 0 : age / 2, age);

      const sum = expectPurchases(parameters, x, x === 0 ? 0 : age / 2, age, horizon);

      expect(Math.abs(sum - expected)).toBeLessThanOrEqual(1e-8 * Math.max(1, expected));
    }),
  );
});

/** (a+b+x-1)/(a-1) · [1 - (1-z)^(r+x) 2F1(r+x, b+x; a+b+x-1; z)] by the plain series. */
function closedForm({ r, a, b }: BgNbdParameters, x: number, z: number): number {
  let term = 1;
  let series = 1;
  for (let n = 0; n < 5000; n += 1) {
    term *= (((r + x + n) * (b + x + n)) / ((a + b + x - 1 + n) * (n + 1))) * z;
    series += term;
  }
  return ((a + b + x - 1) / (a - 1)) * (1 - (1 - z) ** (r + x) * series);
}
