/** Common storage and serving of methods that learn a sparse item-to-item matrix. */
import type { Interactions } from '../algorithms/interactions.ts';
import type { ItemNeighbours } from '../algorithms/item-neighbours.ts';
import { RP3BETA_DEFAULTS, type Rp3betaParameters, trainRp3beta } from '../algorithms/rp3beta.ts';
import { SLIM_DEFAULTS, type SlimParameters, trainSlim } from '../algorithms/slim.ts';
import { openItemNeighbours } from './item-neighbours.ts';
import type { AlgorithmName, RecommenderKind } from './recommender.ts';
import { storeMatrix, takeMatrix } from './stored-matrix.ts';

function defineLinear(
  algorithm: AlgorithmName,
  hyperparameters: RecommenderKind['hyperparameters'],
  learn: (interactions: Interactions, settled: unknown) => ItemNeighbours,
): RecommenderKind {
  return {
    algorithm,
    hyperparameters,
    train: ({ interactions }, settled) => storeMatrix('neighbours', learn(interactions, settled)),
    open: (parts, items) => openItemNeighbours(takeMatrix(parts, 'neighbours', items.count)),
  };
}

export const rp3beta = defineLinear('rp3beta', { ...RP3BETA_DEFAULTS }, (interactions, settled) =>
  trainRp3beta(interactions, settled as Rp3betaParameters),
);

export const slim = defineLinear('slim', { ...SLIM_DEFAULTS }, (interactions, settled) =>
  trainSlim(interactions, settled as SlimParameters),
);
