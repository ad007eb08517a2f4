/** The suite on UCI Online Retail: next purchases, repeated or first ones. */

import { MODELS_UNDER_TEST } from '../models-under-test.ts';
import { readOnlineRetail } from '../datasets/online-retail.ts';
import { type Run } from '../run.ts';
import { splitAt, splitLastBasket } from '../splits.ts';

/** Events from this day on are held out: the last ten weeks. */
const CUT = Date.UTC(2011, 9, 1);

export const RETAIL_PROTOCOLS = {
  'last-basket': 'UCI Online Retail, the last purchase day of each customer hidden, all items ranked',
  'date-cut':
    'UCI Online Retail, everything from 2011-10-01 on hidden, customers known before it, all items ranked',
} as const;

export const RETAIL_TUNING =
  'grids on the last purchase day before the hidden one; weights of the blend are learned there in every run';

export function retailRuns(): Readonly<
  Record<string, Pick<Run, 'split' | 'validationSplitter' | 'contenders' | 'blend'>>
> {
  const table = readOnlineRetail();
  const contenders = retailContenders();
  const blend = ['rebuy', 'ease', 'tifu-knn', 'user-knn', 'item-knn', 'rp3beta', 'ials', 'content'] as const;
  return {
    'last-basket': { split: splitLastBasket(table), validationSplitter: splitLastBasket, contenders, blend },
    'date-cut': { split: splitAt(CUT)(table, 0), validationSplitter: splitLastBasket, contenders, blend },
  };
}

function retailContenders(): Run['contenders'] {
  return {
    popularity: MODELS_UNDER_TEST.popularity(),
    'personal-frequency': MODELS_UNDER_TEST['personal-frequency'](),
    'gp-topfreq': MODELS_UNDER_TEST['gp-topfreq'](),
    rebuy: MODELS_UNDER_TEST.rebuy(),
    'tifu-knn': MODELS_UNDER_TEST['tifu-knn'](),
    'session-knn': MODELS_UNDER_TEST['session-knn'](),
    content: MODELS_UNDER_TEST.content(),
    'item-knn': MODELS_UNDER_TEST['item-knn']({ neighbourCount: 100, shrinkage: 10 }),
    'user-knn': MODELS_UNDER_TEST['user-knn'](),
    rp3beta: MODELS_UNDER_TEST.rp3beta(),
    ease: MODELS_UNDER_TEST.ease({ l2: 500 }),
    edlae: MODELS_UNDER_TEST.edlae({ l2: 500, dropout: 0.3 }),
    slim: MODELS_UNDER_TEST.slim(),
    bpr: MODELS_UNDER_TEST.bpr(),
    ials: MODELS_UNDER_TEST.ials(),
    // Not searched: an epoch takes about as long as all other methods together.
    mlp: MODELS_UNDER_TEST.mlp({ maximumEpochs: 3 }),
    neumf: MODELS_UNDER_TEST.neumf({ maximumEpochs: 3 }),
  };
}
