/** Seeded random numbers, equal on every machine. Never for secrets or ids. */

export type Random = {
  /** Uniform in [0, 1), 32 bits. */
  readonly uniform: () => number;
  /** Uniform integer in [0, bound). */
  readonly integer: (bound: number) => number;
  /** Standard normal. */
  readonly normal: () => number;
};

/**
 * The sfc32 generator (Doty-Humphrey, PractRand), its state filled from the seed by a 32-bit mix.
 * @param seed any integer; equal seeds give equal sequences
 */
export function createRandom(seed: number): Random {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = 1;

  function nextBits(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  // Adjacent seeds differ in one bit of the state: fifteen rounds diffuse it.
  for (let round = 0; round < 15; round += 1) nextBits();

  const uniform = (): number => nextBits() / 4294967296;
  return {
    uniform,
    integer: (bound) => Math.floor(uniform() * bound),
    // Box and Muller; 1 - u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Fisher and Yates, in place. */
export function shuffle(values: { [index: number]: number; readonly length: number }, random: Random): void {
  for (let last = values.length - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    const kept = values[last]!;
    values[last] = values[other]!;
    values[other] = kept;
  }
}
