/** Expected metrics of a sampled protocol, computed from a full ranking without drawing samples. */

export type ExpectedMetrics = { readonly hr: number; readonly ndcg: number };

/**
 * Expectation of HR@k and nDCG@k of one held-out item among `sampleCount` others drawn without repeats from
 * `otherCount`, of which `betterCount` rank above it (or tie): the number of those drawn is hypergeometric (Krichene
 * and Rendle 2020). This removes the sampling noise, which hides differences of a hundredth.
 */
export function expectSampled(
  betterCount: number,
  otherCount: number,
  sampleCount: number,
  cutoff: number,
): ExpectedMetrics {
  const drawn = Math.min(sampleCount, otherCount);
  const all = lnChoose(otherCount, drawn);
  let hr = 0;
  let ndcg = 0;
  for (let above = 0; above < cutoff; above += 1) {
    if (above > betterCount || drawn - above > otherCount - betterCount) continue;
    const ways = lnChoose(betterCount, above) + lnChoose(otherCount - betterCount, drawn - above);
    const probability = Math.exp(ways - all);
    hr += probability;
    ndcg += probability / Math.log2(above + 2);
  }
  return { hr, ndcg };
}

const lnFactorials: number[] = [0];

function lnFactorial(n: number): number {
  for (let next = lnFactorials.length; next <= n; next += 1) {
    lnFactorials.push(lnFactorials[next - 1]! + Math.log(next));
  }
  return lnFactorials[n]!;
}

function lnChoose(n: number, k: number): number {
  return lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k);
}
