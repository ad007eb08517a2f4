/** A dense MLP with ReLU, forward and backward over a batch. Knows no loss function. */

import { type AdamParameters, createAdamParameters, stepAdam } from './adam.ts';
import { type Arena, block, type Matrix, transposed } from './dense.ts';
import { type Kernel } from './kernel/kernel.ts';
import { type Random } from './random.ts';

type Layer = {
  /** inputs × outputs, followed by one row of biases. */
  readonly weights: Matrix;
  readonly gradients: Matrix;
  readonly adam: AdamParameters;
};

export type Mlp = {
  readonly layers: readonly Layer[];
  /** Activations of the input and of every layer, batch × width. */
  readonly activations: readonly Matrix[];
  /** Derivatives of the loss by the activations, with the same shapes. */
  readonly derivatives: readonly Matrix[];
};

/** Number of floats of an MLP in an arena. */
export function mlpSize(widths: readonly number[], batchSize: number): number {
  return widths.reduce(
    (sum, width, depth) => sum + 2 * width * (batchSize + (widths[depth - 1] ?? 0) + 1),
    0,
  );
}

/** @param widths of the input and of every layer, each a multiple of 4 */
export function createMlp(
  kernel: Kernel,
  arena: Arena,
  widths: readonly number[],
  batchSize: number,
  random: Random,
): Mlp {
  const { floats } = kernel;
  const layers = widths.slice(1).map((outputs, depth) => {
    const inputs = widths[depth]!;
    const weights = arena.allocate(inputs + 1, outputs);
    const values = floats.subarray(weights.offset, weights.offset + (inputs + 1) * outputs);
    // He et al. 2015: preserves the variance through ReLU layers; biases start at 0.
    const deviation = Math.sqrt(2 / inputs);
    for (let cell = 0; cell < inputs * outputs; cell += 1) values[cell] = deviation * random.normal();
    return { weights, gradients: arena.allocate(inputs + 1, outputs), adam: createAdamParameters(values) };
  });
  const allocate = (): Matrix[] => widths.map((width) => arena.allocate(batchSize, width));
  return { layers, activations: allocate(), derivatives: allocate() };
}

/** Computes the activations of all layers, for the first `rowCount` rows of the batch. */
export function runForward(kernel: Kernel, mlp: Mlp, rowCount: number): void {
  const { floats } = kernel;
  for (const [depth, { weights }] of mlp.layers.entries()) {
    const inputs = firstRows(mlp.activations[depth]!, rowCount);
    const outputs = firstRows(mlp.activations[depth + 1]!, rowCount);
    const width = outputs.columnCount;
    const biases = floats.subarray(weights.offset + inputs.columnCount * width).subarray(0, width);
    kernel.multiply(1, inputs, block(weights, 0, 0, inputs.columnCount, width), 0, outputs);
    const values = floats.subarray(outputs.offset, outputs.offset + rowCount * width);
    for (let row = 0; row < values.length; row += width) {
      for (let column = 0; column < width; column += 1) {
        const sum = values[row + column]! + biases[column]!;
        values[row + column] = sum > 0 ? sum : 0;
      }
    }
  }
}

/** From the derivatives of the last layer to the gradients of all weights and the derivatives of the input. */
export function runBackward(kernel: Kernel, mlp: Mlp, rowCount: number): void {
  const { floats } = kernel;
  for (let depth = mlp.layers.length - 1; depth >= 0; depth -= 1) {
    const { weights, gradients } = mlp.layers[depth]!;
    const inputs = firstRows(mlp.activations[depth]!, rowCount);
    const outputs = firstRows(mlp.activations[depth + 1]!, rowCount);
    const above = firstRows(mlp.derivatives[depth + 1]!, rowCount);
    const width = outputs.columnCount;
    const biasStart = gradients.offset + inputs.columnCount * width;
    for (let row = 0; row < rowCount; row += 1) {
      const activation = outputs.offset + row * width;
      const derivative = above.offset + row * width;
      for (let column = 0; column < width; column += 1) {
        if (floats[activation + column]! > 0) floats[biasStart + column]! += floats[derivative + column]!;
        else floats[derivative + column] = 0;
      }
    }
    const square = [0, 0, inputs.columnCount, width] as const;
    kernel.multiply(1, transposed(inputs), above, 1, block(gradients, ...square));
    kernel.multiply(
      1,
      above,
      transposed(block(weights, ...square)),
      0,
      firstRows(mlp.derivatives[depth]!, rowCount),
    );
  }
}

/** Moves every layer's weights against its gradients and clears those. */
export function stepMlp(kernel: Kernel, mlp: Mlp, rate: number): void {
  for (const { gradients, adam } of mlp.layers) {
    stepAdam(adam, 0, kernel.floats.subarray(gradients.offset, gradients.offset + adam.values.length), rate);
  }
}

function firstRows(matrix: Matrix, rowCount: number): Matrix {
  return block(matrix, 0, 0, rowCount, matrix.columnCount);
}
