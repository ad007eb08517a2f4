/** Worker thread that ranks, so that requests are answered meanwhile. Knows no database. */
import { parentPort, workerData } from 'node:worker_threads';

import { rankLookAlikes, type RankingOrder } from './ranking.ts';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(rankLookAlikes(workerData as RankingOrder));
