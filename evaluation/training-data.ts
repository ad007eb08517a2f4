/** A split as the training data of models. */

import { type WorkerPool } from '#numeric/worker-pool.ts';
import { basketsFromEvents } from '#recommendations/algorithms/baskets.ts';
import { interactionsFromEvents, type Interactions } from '#recommendations/algorithms/interactions.ts';
import { type TrainingData } from './models-under-test.ts';
import { type EventTable } from './events.ts';
import { type Split, type Splitter } from './splits.ts';

export type Preparation = {
  /** Holds out a part of the training data, for early stopping. */
  readonly validationSplitter: Splitter;
  readonly seed: number;
};

/** Contains no test event of the split. */
export function prepareData(
  { train, now }: Split,
  { validationSplitter, seed }: Preparation,
  pool: WorkerPool,
): TrainingData {
  const hasTimes = train.times.some((time) => !Number.isNaN(time));
  return {
    interactions: buildInteractions(train),
    baskets: hasTimes ? basketsFromEvents(train.userIds.length, train.itemIds.length, train) : null,
    itemTexts: train.itemTexts,
    now,
    seed,
    pool,
    validation: () => {
      const inner = validationSplitter(train, seed);
      return { interactions: buildInteractions(inner.train), tests: inner.tests };
    },
  };
}

function buildInteractions(table: EventTable): Interactions {
  return interactionsFromEvents(table.userIds.length, table.itemIds.length, table);
}
