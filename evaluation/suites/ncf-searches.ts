/** Sources of the parameters of the NCF suite, by algorithm. The parameters themselves are in ncf.ts. */

import { type NcfAlgorithm } from './ncf.ts';

/** Values of each parameter; all combinations are tried. */
export type Grid = Readonly<Record<string, readonly unknown[]>>;

/** Default grids of `--suite ncf --tune`. */
export const NCF_GRIDS: Partial<Record<NcfAlgorithm, Grid>> = {
  'item-knn': { neighbourCount: [60, 90, 150], shrinkage: [0, 20, 100] },
  'user-knn': { neighbourCount: [150, 200, 250, 300, 400], asymmetry: [0.5, 0.6, 0.7] },
  rp3beta: { alpha: [0.6, 0.8, 1], beta: [0.5, 0.6, 0.7] },
  edlae: { l2: [300, 600, 1000], dropout: [0.1, 0.3, 0.5] },
  slim: { l1: [0.3, 1, 3], l2: [100, 200, 400] },
  bpr: { learningRate: [0.05, 0.1], regularisation: [0.002, 0.01] },
  ials: { unobservedWeight: [0.2, 0.3], regularisation: [0.007, 0.008] },
  'ials-64': { unobservedWeight: [0.2, 0.3], regularisation: [0.003, 0.004, 0.006] },
};

const FIRST_SEARCH = 'chosen by nDCG@10 on one draw of 99 negatives per user, before --tune existed, of';

/** One sentence per algorithm with parameters, for the report. */
export const NCF_SOURCES: Partial<Record<NcfAlgorithm, string>> = {
  content: 'defaults, not searched',
  'item-knn': `${FIRST_SEARCH} 20-800 neighbours × shrinkage 0-500 × weighting`,
  'user-knn':
    '--tune, three hidden sets: 150-400 neighbours × asymmetry .5-.7, then two with shrinkage 0 and 10, asymmetry .55, idf weights',
  rp3beta: `${FIRST_SEARCH} 50-200 neighbours × alpha .6-1.5 × beta .2-.7`,
  ease: 'l2 of the published row (Ferrari Dacrema et al. 2021, table 57), not searched',
  edlae: '--tune, two hidden sets: l2 300, 600, 1000 × dropout .1, .3, .5',
  bpr: 'defaults, not searched',
  slim: '--tune, one hidden set: l1 .3, 1, 3 × l2 100, 200, 400, then two: l1 1, 2 × l2 300, 400, 550',
  ials: 'd and the order of the steps (items last) of the published run (google-research/ials: 12 epochs, a0 .3, l .007); --tune, three hidden sets: a0 .2, .3 × l .007, .008 at 6 epochs, and the published ones (.0010 behind); before it, on one or two of these sets, a0 .1-.5 × l .005-.014 × 3-12 epochs and users last (.0005 behind)',
  'ials-64': `${FIRST_SEARCH} a0 .1-.8 × l .002-.015`,
  mlp: 'widths, rate and no penalty as in the paper (He et al. 2017), at most 8 epochs where it has 20, not searched',
  neumf: 'product part of 64 factors from iALS, the rest of the paper, at most 2 epochs each, not searched',
};
