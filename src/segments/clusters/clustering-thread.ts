/** Worker thread for clustering, so that requests are served meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';

import { computeClusters, type ClusteringOrder } from './clustering.ts';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(computeClusters(workerData as ClusteringOrder));
