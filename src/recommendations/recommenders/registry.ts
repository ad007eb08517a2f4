/** Every method there is, by name, with what it is good for and what it costs. Trains none. */
import { blend } from './blend.ts';
import { bpr } from './bpr.ts';
import { content } from './content.ts';
import { ease, edlae } from './ease.ts';
import { ials } from './ials.ts';
import { itemKnn } from './item-knn.ts';
import { rp3beta, slim } from './linear.ts';
import { mlp, neumf } from './neural.ts';
import { personalFrequency } from './personal-frequency.ts';
import { popularity } from './popularity.ts';
import { rebuy } from './rebuy.ts';
import type { AlgorithmName, RecommenderKind } from './recommender.ts';
import { sessionKnn } from './session-knn.ts';
import { tifuKnn } from './tifu-knn.ts';
import { userKnn } from './user-knn.ts';

export interface Method {
  readonly kind: RecommenderKind;
  /** The list that it is measured for and may become the default of. */
  readonly list: 'rebuy' | 'discover';
  /**
   * What one customer costs in serving: 1 a few rows of a sparse matrix; 2 a pass over customers or sessions; 3 a
   * product with every item; 4 several of these.
   */
  readonly servingCost: 1 | 2 | 3 | 4;
  /** Trained when nobody says what to train. */
  readonly isQuick: boolean;
}

/** In the order in which they are trained: a blend comes after its members. */
export const methods: readonly Method[] = [
  { kind: popularity, list: 'discover', servingCost: 1, isQuick: true },
  { kind: rebuy, list: 'rebuy', servingCost: 1, isQuick: true },
  { kind: personalFrequency, list: 'rebuy', servingCost: 1, isQuick: true },
  { kind: tifuKnn, list: 'rebuy', servingCost: 2, isQuick: true },
  { kind: itemKnn, list: 'discover', servingCost: 1, isQuick: true },
  { kind: userKnn, list: 'discover', servingCost: 2, isQuick: true },
  { kind: rp3beta, list: 'discover', servingCost: 1, isQuick: true },
  { kind: ease, list: 'discover', servingCost: 3, isQuick: true },
  { kind: edlae, list: 'discover', servingCost: 3, isQuick: false },
  { kind: slim, list: 'discover', servingCost: 1, isQuick: false },
  { kind: ials, list: 'discover', servingCost: 3, isQuick: true },
  { kind: bpr, list: 'discover', servingCost: 3, isQuick: false },
  { kind: sessionKnn, list: 'discover', servingCost: 2, isQuick: true },
  { kind: content, list: 'discover', servingCost: 2, isQuick: true },
  { kind: mlp, list: 'discover', servingCost: 4, isQuick: false },
  { kind: neumf, list: 'discover', servingCost: 4, isQuick: false },
  { kind: blend, list: 'discover', servingCost: 4, isQuick: true },
];

export function findMethod(algorithm: AlgorithmName): Method {
  const method = methods.find(({ kind }) => kind.algorithm === algorithm);
  if (method === undefined) throw new Error(`There is no method ${algorithm}.`);
  return method;
}
