/** The logarithm of the gamma function. */

/** From this argument on the error of the series is below 1e-14. */
const SERIES_FROM = 16;

/**
 * ln Γ(x) by Stirling's series, to about 14 digits; smaller arguments are raised by Γ(x) = Γ(x + 1) / x.
 * Source: Abramowitz and Stegun 1964, 6.1.15 and 6.1.41.
 * @param x above 0
 */
export function logGamma(x: number): number {
  let shifted = x;
  let product = 1;
  while (shifted < SERIES_FROM) {
    product *= shifted;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (
    (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
  );
}
