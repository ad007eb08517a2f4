/**
 * The BG/NBD model of when customers buy and when they stop (Fader, Hardie, Lee 2005, "Counting your customers the easy
 * way", Marketing Science 24(2)).
 *
 * While alive, a customer buys at a rate λ; after each repeat purchase they become inactive with probability p. Over
 * customers λ ~ Gamma(r, α) and p ~ Beta(a, b), independently. No customer becomes inactive before a first repeat
 * purchase.
 */
import { minimize } from './nelder-mead.ts';

/** `alpha` is a time, in the unit of the histories; the others have no unit. All above 0. */
export interface BgNbdParameters {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** Columns of one length, a row for each distinct history. Times in one unit, counted from the first purchase. */
export interface PurchaseHistories {
  /** x: number of purchases after the first. */
  readonly repeatCounts: Float64Array;
  /** t_x: time of the last purchase; 0 without a repeat. */
  readonly lastTimes: Float64Array;
  /** T: end of the observation, at or after the last purchase. */
  readonly ages: Float64Array;
  /** Number of customers with the history. */
  readonly customerCounts: Float64Array;
}

export interface BgNbdFit {
  readonly parameters: BgNbdParameters;
  /** Natural logarithm of the likelihood of all customers together. */
  readonly logLikelihood: number;
  readonly hasConverged: boolean;
}

/** Parameters stay within e^±10, 0.00005 to 22,000, since one would grow without limit if customers are too similar. */
const LOG_BOUND = 10;

/** Truncation error of a sum of expected purchases, as a share of its first term. */
const SUM_TOLERANCE = 1e-12;

/**
 * Maximum likelihood estimates, by Nelder-Mead over their logarithms, α in units of the mean age. O(distinct histories)
 * for each of some 400 evaluations.
 */
export function fitBgNbd(histories: PurchaseHistories): BgNbdFit {
  const { ages, customerCounts } = histories;
  const customerCount = customerCounts.reduce((sum, count) => sum + count, 0);
  const meanAge = ages.reduce((sum, age, row) => sum + age * customerCounts[row]!, 0) / customerCount;
  const toParameters = (point: Float64Array): BgNbdParameters => ({
    r: Math.exp(point[0]!),
    alpha: meanAge * Math.exp(point[1]!),
    a: Math.exp(point[2]!),
    b: Math.exp(point[3]!),
  });
  const { point, value, hasConverged } = minimize(
    (candidate) =>
      candidate.every((logarithm) => Math.abs(logarithm) <= LOG_BOUND)
        ? -bgNbdLogLikelihood(toParameters(candidate), histories) / customerCount
        : Number.POSITIVE_INFINITY,
    new Float64Array(4),
  );
  return { parameters: toParameters(point), logLikelihood: -value * customerCount, hasConverged };
}

/**
 * Sum over customers of ln L(x, t_x, T), with (their equation 6, as a product and a sum of two)
 *
 *     L = Γ(r+x)/Γ(r) · α^r · (α+T)^-(r+x) · B(a, b+x)/B(a, b) · (1 + odds of having left)
 *
 * The quotients of gamma functions are products over the purchases, summed up once for all rows.
 */
export function bgNbdLogLikelihood(parameters: BgNbdParameters, histories: PurchaseHistories): number {
  const { r, alpha, a, b } = parameters;
  const { repeatCounts, lastTimes, ages, customerCounts } = histories;
  const logAlpha = Math.log(alpha);
  const ofCount = logOfCounts(
    parameters,
    repeatCounts.reduce((most, count) => Math.max(most, count), 0),
  );
  const logA = Math.log(a);
  let sum = 0;
  for (let row = 0; row < repeatCounts.length; row += 1) {
    const count = repeatCounts[row]!;
    // ln (α+T) - ln α, which preserves the digits where α and r are large.
    const growth = Math.log1p(ages[row]! / alpha);
    let logarithm = ofCount[count]! - r * growth - count * (logAlpha + growth);
    if (count > 0) {
      const silence = growth - Math.log1p(lastTimes[row]! / alpha);
      const logOdds = logA - Math.log(b + count - 1) + (r + count) * silence;
      // Above 40 the 1 is lost in rounding, and above 709 the power would overflow.
      logarithm += logOdds > 40 ? logOdds : Math.log1p(Math.exp(logOdds));
    }
    sum += customerCounts[row]! * logarithm;
  }
  return sum;
}

/** ln [Γ(r+x)/Γ(r) · B(a, b+x)/B(a, b)] for x = 0 … most. */
function logOfCounts({ r, a, b }: BgNbdParameters, most: number): Float64Array {
  const logarithms = new Float64Array(most + 1);
  for (let count = 0; count < most; count += 1) {
    logarithms[count + 1] = logarithms[count]! + Math.log(((r + count) * (b + count)) / (a + b + count));
  }
  return logarithms;
}

/**
 * Probability that a customer will still buy, 0 to 1: 1 / (1 + a/(b+x-1) · ((α+T)/(α+t_x))^(r+x)), and 1 without a
 * repeat purchase (Fader, Hardie, Lee 2008, note 021).
 */
export function aliveProbability(
  { r, alpha, a, b }: BgNbdParameters,
  repeatCount: number,
  lastTime: number,
  age: number,
): number {
  if (repeatCount === 0) return 1;
  const powered = Math.exp((r + repeatCount) * Math.log((alpha + age) / (alpha + lastTime)));
  return 1 / (1 + (a / (b + repeatCount - 1)) * powered);
}

/**
 * Purchases expected in the next `horizon` units of time, 0 or more: P(alive) times the expectation for a customer who
 * is alive.
 *
 * Theirs is the closed form (a+b+x-1)/(a-1) · [1 - (1-z)^(r+x) · 2F1(r+x, b+x; a+b+x-1; z)] with z = horizon /
 * (α+T+horizon), which is 0/0 at a = 1, has a pole at a+b+x = 1 and overflows for frequent buyers. Here the same number
 * is summed in positive terms. If no customer became inactive, M purchases would come, M ~ NegativeBinomial(r+x, z);
 * the k-th of them is made if the customer is still active after the k-1 before it:
 *
 *     Σ k≥1  P(M ≥ k) · (b+x)/(a+b+x) · (b+x+1)/(a+b+x+1) · … (k-1 factors)
 *
 * O(mean and spread of M): tens of terms for most, some thousands for a long horizon after a short history.
 */
export function expectPurchases(
  parameters: BgNbdParameters,
  repeatCount: number,
  lastTime: number,
  age: number,
  horizon: number,
): number {
  const { r, alpha, a, b } = parameters;
  const shape = r + repeatCount;
  const share = horizon / (alpha + age + horizon);
  let logMass = shape * Math.log1p(-share);
  let mass = Math.exp(logMass);
  const atLeastOne = -Math.expm1(logMass);
  let atLeast = atLeastOne;
  let stays = 1;
  let sum = 0;
  for (let k = 1; ; k += 1) {
    sum += atLeast * stays;
    stays *= (b + repeatCount + k - 1) / (a + b + repeatCount + k - 1);
    const ratio = (share * (shape + k - 1)) / k;
    logMass += Math.log(ratio);
    mass = mass > 1e-290 ? mass * ratio : Math.exp(logMass);
    atLeast = Math.max(0, atLeast - mass);
    // The remainder decreases at least as fast as a geometric series of this ratio.
    const fall = Math.max(ratio, share);
    if (fall < 1 && mass <= SUM_TOLERANCE * atLeastOne * (1 - fall)) break;
  }
  return sum * aliveProbability(parameters, repeatCount, lastTime, age);
}
