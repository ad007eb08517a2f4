/** The suite on MovieLens-1M under the protocol of the NCF paper. */

import { MODELS_UNDER_TEST } from '../models-under-test.ts';
import { readNcfSplit } from '../datasets/movielens-1m.ts';
import { type Run } from '../run.ts';
import { splitOneOfSampled } from '../splits.ts';

export const NCF_PROTOCOL =
  'MovieLens-1M, each user’s last item ranked among 99 sampled items never rated (He et al. 2017); a sample equal to the hidden item is ignored; ties count against it';

export const NCF_TUNING =
  'on hidden sets of the training data alone (one random item per user), never by the test, or published; each algorithm below says which; weights of the blend are learned in every run, on one hidden set with three samples per user';

export const NCF_SAMPLE_COUNT = 99;

/** Samples per user for learning the weights of the blend. */
const BLEND_DRAWS = 3;

/** Chosen as described in ncf-searches.ts, never by the test. */
export const NCF_CONTENDERS = {
  popularity: MODELS_UNDER_TEST.popularity(),
  content: MODELS_UNDER_TEST.content(),
  'item-knn': MODELS_UNDER_TEST['item-knn']({
    neighbourCount: 90,
    shrinkage: 20,
    weighting: 'bm25',
    reach: 4000,
  }),
  'user-knn': MODELS_UNDER_TEST['user-knn']({
    neighbourCount: 250,
    similarity: 'asymmetric',
    asymmetry: 0.6,
    shrinkage: 0,
    chosenBy: 'neighbour',
  }),
  rp3beta: MODELS_UNDER_TEST.rp3beta({ neighbourCount: 200, alpha: 0.8, beta: 0.6 }),
  ease: MODELS_UNDER_TEST.ease({ l2: 1320 }),
  edlae: MODELS_UNDER_TEST.edlae({ l2: 600, dropout: 0.5 }),
  slim: MODELS_UNDER_TEST.slim({ l1: 1, l2: 400, maximumRounds: 100, tolerance: 3e-4 }),
  bpr: MODELS_UNDER_TEST.bpr(),
  ials: MODELS_UNDER_TEST.ials({
    factorCount: 192,
    epochs: 6,
    unobservedWeight: 0.2,
    regularisation: 0.008,
    solvesUsersLast: false,
  }),
  'ials-64': MODELS_UNDER_TEST.ials({
    factorCount: 64,
    epochs: 8,
    unobservedWeight: 0.3,
    regularisation: 0.004,
  }),
  mlp: MODELS_UNDER_TEST.mlp({ maximumEpochs: 8, regularisation: 0 }),
  neumf: MODELS_UNDER_TEST.neumf({ maximumEpochs: 2 }),
} as const satisfies Run['contenders'];

export type NcfAlgorithm = keyof typeof NCF_CONTENDERS;

export const NCF_ALGORITHMS = Object.keys(NCF_CONTENDERS) as readonly NcfAlgorithm[];

export function ncfRun(): Pick<Run, 'split' | 'validationSplitter' | 'contenders' | 'blend'> {
  return {
    split: readNcfSplit(),
    validationSplitter: splitOneOfSampled(NCF_SAMPLE_COUNT, BLEND_DRAWS),
    contenders: NCF_CONTENDERS,
    blend: ['ease', 'edlae', 'slim', 'ials', 'user-knn', 'rp3beta', 'item-knn'],
  };
}
