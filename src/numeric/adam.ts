/** Adam steps on ranges of parameters (Kingma and Ba 2015). Computes no gradients. */

const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
const EPSILON = 1e-8;

/** Parameters with the running moments of their gradients, all of one length. */
export type AdamParameters = {
  readonly values: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
};

export function createAdamParameters(values: Float32Array): AdamParameters {
  return {
    values,
    firstMoments: new Float32Array(values.length),
    secondMoments: new Float32Array(values.length),
  };
}

/** The step size at a step number (from 1), corrected for the initial moments of 0. */
export function adamRate(learningRate: number, step: number): number {
  return (learningRate * Math.sqrt(1 - SECOND_DECAY ** step)) / (1 - FIRST_DECAY ** step);
}

/**
 * Moves the parameters from `start` against their gradients, then clears the gradients. Rows of an embedding outside of
 * the batch keep their moments: the lazy variant.
 * @param rate from `adamRate`
 */
export function stepAdam(
  parameters: AdamParameters,
  start: number,
  gradients: Float32Array,
  rate: number,
): void {
  const { values, firstMoments, secondMoments } = parameters;
  for (let index = 0; index < gradients.length; index += 1) {
    const gradient = gradients[index]!;
    const slot = start + index;
    const first = FIRST_DECAY * firstMoments[slot]! + (1 - FIRST_DECAY) * gradient;
    const second = SECOND_DECAY * secondMoments[slot]! + (1 - SECOND_DECAY) * gradient * gradient;
    firstMoments[slot] = first;
    secondMoments[slot] = second;
    values[slot]! -= (rate * first) / (Math.sqrt(second) + EPSILON);
    gradients[index] = 0;
  }
}
