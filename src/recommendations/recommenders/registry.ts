/** Every method there is, by name. */
import { itemKnn } from './item-knn.ts';
import { popularity } from './popularity.ts';
import { rebuy } from './rebuy.ts';
import type { AlgorithmName, RecommenderKind } from './recommender.ts';
import { userKnn } from './user-knn.ts';

/** In the order in which they are trained. */
export const recommenderKinds: readonly RecommenderKind[] = [popularity, rebuy, itemKnn, userKnn];

export function findKind(algorithm: AlgorithmName): RecommenderKind {
  const kind = recommenderKinds.find((one) => one.algorithm === algorithm);
  if (kind === undefined) throw new Error(`There is no method ${algorithm}.`);
  return kind;
}
