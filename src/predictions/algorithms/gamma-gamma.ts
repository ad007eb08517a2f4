/**
 * The Gamma-Gamma model of the amounts of purchases (Fader, Hardie, Lee 2005, "RFM and CLV", Journal of Marketing
 * Research 42(4); Fader, Hardie 2013, note 025).
 *
 * A customer's purchases are Gamma(p, ν) around their own mean p/ν, and over customers ν ~ Gamma(q, v), independently
 * of the purchase rate.
 */
import { logGamma } from './log-gamma.ts';
import { minimize } from './nelder-mead.ts';

/** `v` is money, in the unit of the amounts; the others have no unit. p and v above 0, q above 1. */
export interface GammaGammaParameters {
  readonly p: number;
  readonly q: number;
  readonly v: number;
}

/** Columns of one length, a row for each customer. */
export interface SpendHistories {
  /** x: number of purchases in the mean, at least 1. */
  readonly counts: Float64Array;
  /** z: mean amount of a purchase, above 0. */
  readonly meanSpends: Float64Array;
}

export interface GammaGammaFit {
  readonly parameters: GammaGammaParameters;
  /** Natural logarithm of the likelihood of all customers together. */
  readonly logLikelihood: number;
  readonly hasConverged: boolean;
}

/** As in the BG/NBD model. */
const LOG_BOUND = 10;

/**
 * Maximum likelihood estimates, by Nelder-Mead over ln p, ln (q - 1) and ln v, v in units of the mean amount: with q
 * above 1 the population has a finite mean. O(customers) for each of some 200 evaluations.
 */
export function fitGammaGamma(histories: SpendHistories): GammaGammaFit {
  const { meanSpends } = histories;
  const unit = meanSpends.reduce((sum, spend) => sum + spend, 0) / meanSpends.length;
  const toParameters = (point: Float64Array): GammaGammaParameters => ({
    p: Math.exp(point[0]!),
    q: 1 + Math.exp(point[1]!),
    v: unit * Math.exp(point[2]!),
  });
  const { point, value, hasConverged } = minimize(
    (candidate) =>
      candidate.every((logarithm) => Math.abs(logarithm) <= LOG_BOUND)
        ? -gammaGammaLogLikelihood(toParameters(candidate), histories) / meanSpends.length
        : Number.POSITIVE_INFINITY,
    new Float64Array(3),
  );
  return { parameters: toParameters(point), logLikelihood: -value * meanSpends.length, hasConverged };
}

/**
 * Sum over customers of the logarithm of the density of their mean spend (note 025, equation 1a):
 *
 *     f(z | x) = Γ(px+q) / (Γ(px) Γ(q)) · v^q · z^(px-1) · x^(px) / (v + xz)^(px+q)
 */
export function gammaGammaLogLikelihood(
  { p, q, v }: GammaGammaParameters,
  histories: SpendHistories,
): number {
  const { counts, meanSpends } = histories;
  const ofCount = new Map<number, number>();
  let sum = 0;
  for (let row = 0; row < counts.length; row += 1) {
    const count = counts[row]!;
    const shape = p * count;
    let logarithm = ofCount.get(count);
    if (logarithm === undefined) {
      logarithm =
        logGamma(shape + q) - logGamma(shape) - logGamma(q) + q * Math.log(v) + shape * Math.log(count);
      ofCount.set(count, logarithm);
    }
    const spend = meanSpends[row]!;
    sum += logarithm + (shape - 1) * Math.log(spend) - (shape + q) * Math.log(v + count * spend);
  }
  return sum;
}

/**
 * Expected mean spend of a customer over purchases to come: E[M | x, z] = p (v + xz) / (px + q - 1), between their own
 * mean z and the population's pv / (q - 1), nearer to their own the more they bought (note 025, equation 5).
 * @param count 0 or more; with 0 it is the population's mean
 */
export function expectSpend({ p, q, v }: GammaGammaParameters, count: number, meanSpend: number): number {
  return (p * (v + count * meanSpend)) / (p * count + q - 1);
}
