/** Random draws of the generators of the demo shop, based on the seeded generator. */
import type { Random } from '#numeric/random.ts';

export const DAY_MS = 86_400_000;

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(choices.length)]!;
}

/** Index drawn in proportion to the weights. */
export function pickWeighted(random: Random, weights: readonly number[]): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let rest = random.uniform() * total;
  for (let index = 0; index < weights.length; index += 1) {
    rest -= weights[index]!;
    if (rest < 0) return index;
  }
  return weights.length - 1;
}

/** Uniform in [minimum, maximum). */
export function between(random: Random, minimum: number, maximum: number): number {
  return minimum + random.uniform() * (maximum - minimum);
}

export function happens(random: Random, chance: number): boolean {
  return random.uniform() < chance;
}

/** Knuth's product of uniforms: fine for the small means used here. */
export function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; product *= random.uniform()) count += 1;
  return count;
}
