/** Worker thread for ranking, so that requests are served meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';

import { rankLookAlikes, type RankingOrder } from './ranking.ts';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(rankLookAlikes(workerData as RankingOrder));
