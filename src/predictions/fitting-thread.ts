/** Worker thread that fits both models. */
import { parentPort, workerData } from 'node:worker_threads';

import { fitBgNbd } from './algorithms/bg-nbd.ts';
import { fitGammaGamma } from './algorithms/gamma-gamma.ts';
import type { FittedModels, FittingOrder } from './fitting.ts';

const { purchases, spends } = workerData as FittingOrder;
const fitted: FittedModels = {
  purchases: fitBgNbd(purchases),
  spend: spends.counts.length > 0 ? fitGammaGamma(spends) : null,
};
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(fitted);
