/** Scores a history with the item factors of iALS: new customers and new events need no training. */

import { factoriseSmall, solveFactorised } from '#numeric/cholesky.ts';
import { type IalsModel, penaltyOf } from './ials.ts';
import { type Contribution, type History } from './interactions.ts';

/** Scores of all items, h_j · w with the customer's factors w = A⁻¹ · sum of weight_i · h_i. */
export function scoreIals(model: IalsModel, history: History): Float64Array {
  const d = model.parameters.factorCount;
  const system = factoriseHistory(model, history);
  const user = new Float64Array(d);
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    const start = history.itemIndices[entry]! * d;
    const weight = history.weights[entry]!;
    for (let factor = 0; factor < d; factor += 1)
      user[factor]! += weight * model.itemFactors[start + factor]!;
  }
  solveFactorised(system, d, user);
  return scoreItems(model, user);
}

/**
 * Scores of all items for a user of the training data; if users were solved last, equal to folding their history in.
 */
export function scoreIalsUser(model: IalsModel, userIndex: number): Float64Array {
  const d = model.parameters.factorCount;
  return scoreItems(model, Float64Array.from(model.userFactors.subarray(userIndex * d, (userIndex + 1) * d)));
}

/**
 * The score as a sum over the history: weight_i · h_jᵀ · A⁻¹ · h_i is the contribution of item i to item j (Hu, Koren,
 * Volinsky 2008, section 5).
 */
export function explainIals(model: IalsModel, history: History, itemIndex: number): readonly Contribution[] {
  const d = model.parameters.factorCount;
  const asked = Float64Array.from(model.itemFactors.subarray(itemIndex * d, (itemIndex + 1) * d));
  solveFactorised(factoriseHistory(model, history), d, asked);
  return Array.from(history.itemIndices, (item, entry) => ({
    itemIndex: item,
    value: history.weights[entry]! * dotItem(model, item, asked),
  }));
}

/** Cholesky factor of A = a0 · HᵀH + sum of weight_i · h_i · h_iᵀ + penalty. O(history · factors² + factors³). */
function factoriseHistory(model: IalsModel, history: History): Float64Array {
  const { parameters, itemFactors } = model;
  const d = parameters.factorCount;
  const system = model.gram.map((value) => value * parameters.unobservedWeight);
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    const start = history.itemIndices[entry]! * d;
    for (let row = 0; row < d; row += 1) {
      const factor = history.weights[entry]! * itemFactors[start + row]!;
      for (let column = 0; column <= row; column += 1)
        system[row * d + column]! += factor * itemFactors[start + column]!;
    }
  }
  const penalty = penaltyOf(parameters, history.itemIndices.length, model.itemCount);
  for (let row = 0; row < d; row += 1) system[row * d + row]! += penalty;
  factoriseSmall(system, d);
  return system;
}

function scoreItems(model: IalsModel, user: Float64Array): Float64Array {
  const scores = new Float64Array(model.itemCount);
  for (let item = 0; item < scores.length; item += 1) scores[item] = dotItem(model, item, user);
  return scores;
}

function dotItem(model: IalsModel, item: number, vector: Float64Array): number {
  const start = item * vector.length;
  let sum = 0;
  for (let factor = 0; factor < vector.length; factor += 1)
    sum += model.itemFactors[start + factor]! * vector[factor]!;
  return sum;
}
