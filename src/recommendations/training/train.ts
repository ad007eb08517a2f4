/** Runs a training in a thread of its own, so that requests are answered meanwhile. Stores nothing. */
import { Worker } from 'node:worker_threads';

import type { TrainedModel, TrainingOrder } from './worker.ts';

/**
 * The order's data are handed over rather than copied: the caller's arrays are empty afterwards.
 * @param onTrained called as each model is done
 * @throws what went wrong in the thread, or the reason of the signal
 */
export function trainInThread(
  order: TrainingOrder,
  onTrained: (model: TrainedModel) => void,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: order,
      transferList: findBuffers(order),
    });
    const stop = (): void => {
      reject(signal?.reason as Error);
      void worker.terminate();
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (model: TrainedModel) => {
      try {
        onTrained(model);
      } catch (error) {
        // Thrown from a listener it would end the process.
        reject(error);
        void worker.terminate();
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      // After a failure this changes nothing: the promise is settled.
      if (code === 0) resolve();
      else reject(new Error(`The training thread ended with code ${code}.`));
    });
  });
}

function findBuffers({ data, present }: TrainingOrder): ArrayBuffer[] {
  const { byUser, firstAt, lastAt, dayCounts } = data.interactions;
  const { baskets, sessions, ties } = data;
  const arrays = [
    byUser.offsets,
    byUser.columns,
    byUser.values,
    firstAt,
    lastAt,
    dayCounts,
    data.beforeLastAt,
    data.productIds,
    data.customerIds,
    data.countries,
    baskets.userOffsets,
    baskets.basketOffsets,
    baskets.itemIndices,
    baskets.times,
    ...Object.values(sessions),
    ...Object.values(ties),
    ...data.segments.map(({ userIndices }) => userIndices),
    ...present.flatMap(({ parts }) => Object.values(parts)),
  ];
  return arrays.map((array) => (array as Uint8Array<ArrayBuffer>).buffer);
}
