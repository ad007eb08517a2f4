/** Runs a training in a separate thread, so that requests are served meanwhile. */
import { followThread } from '#platform/thread.ts';

import type { TrainedModel, TrainingOrder } from './worker.ts';

/**
 * The data are transferred rather than copied: the caller's arrays are empty afterwards.
 * @param onTrained called for each finished model
 * @throws the error of the thread, or the reason of the signal
 */
export function trainInThread(
  order: TrainingOrder,
  onTrained: (model: TrainedModel) => void,
  signal?: AbortSignal,
): Promise<void> {
  return followThread(new URL('./worker.ts', import.meta.url), order, {
    onMessage: onTrained,
    transferList: findBuffers(order),
    signal,
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
