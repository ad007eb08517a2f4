/**
 * Next click in unseen sessions: for each item of a session after the first, the items before it are given and the
 * complete catalogue is ranked (Hidasi et al. 2016; Ludewig and Jannach 2018). Reads no file.
 */

import { type WorkerPool, withWorkers } from '#numeric/worker-pool.ts';
import { basketsFromEvents } from '#recommendations/algorithms/baskets.ts';
import { EASE_DEFAULTS, scoreEase, trainEase } from '#recommendations/algorithms/ease.ts';
import { IALS_DEFAULTS, trainIals } from '#recommendations/algorithms/ials.ts';
import { scoreIals } from '#recommendations/algorithms/ials-fold-in.ts';
import {
  type History,
  type Interactions,
  interactionsFromEvents,
} from '#recommendations/algorithms/interactions.ts';
import { ITEM_KNN_DEFAULTS, trainItemKnn } from '#recommendations/algorithms/item-knn.ts';
import { scoreByNeighbours } from '#recommendations/algorithms/item-neighbours.ts';
import {
  POPULARITY_DEFAULTS,
  scorePopularity,
  trainPopularity,
} from '#recommendations/algorithms/popularity.ts';
import { RP3BETA_DEFAULTS, trainRp3beta } from '#recommendations/algorithms/rp3beta.ts';
import {
  scoreSessionKnn,
  SESSION_KNN_DEFAULTS,
  trainSessionKnn,
} from '#recommendations/algorithms/session-knn.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { type EventTable, filterEvents } from './events.ts';
import { CUTOFFS, type RankedCase } from '#recommendations/training/ranking-metrics.ts';
import { type ReportRow, summariseCases } from './report.ts';

const MS_PER_DAY = 86_400_000;

/** One item to predict: the session before it, oldest first, with repeats. */
export type NextItem = {
  readonly sessionIndex: number;
  readonly prefix: readonly number[];
  readonly next: number;
};

export type SessionSplit = { readonly train: EventTable; readonly tests: readonly NextItem[] };

type SessionData = {
  readonly train: EventTable;
  readonly interactions: Interactions;
  readonly now: number;
  readonly seed: number;
  readonly pool: WorkerPool;
};

export type SessionContender = {
  readonly parameters: object;
  /** Scores of all items for the items of a session so far. */
  readonly train: (data: SessionData) => (prefix: readonly number[]) => Float64Array;
};

/**
 * Holds out the sessions that end last. Their new items cannot be predicted and are dropped, as are sessions of one
 * item.
 * @param table the user column is the session
 * @param trainShare of sessions, 0 to 1
 */
export function splitSessions(table: EventTable, trainShare: number): SessionSplit {
  const ends = new Float64Array(table.userIds.length).fill(-Infinity);
  for (const [event, session] of table.userIndices.entries()) {
    ends[session] = Math.max(ends[session]!, table.times[event]!);
  }
  const order = Uint32Array.from(ends.keys()).toSorted(
    (one, other) => ends[one]! - ends[other]! || one - other,
  );
  const isHidden = new Uint8Array(ends.length);
  for (const session of order.subarray(Math.floor(order.length * trainShare))) isHidden[session] = 1;
  const train = filterEvents(table, (event) => isHidden[table.userIndices[event]!] === 0);
  const known = new Set(train.itemIndices);
  const hidden = filterEvents(
    table,
    (event) => isHidden[table.userIndices[event]!] === 1 && known.has(table.itemIndices[event]!),
  );
  const events = Uint32Array.from(hidden.userIndices.keys()).toSorted(
    (one, other) =>
      hidden.userIndices[one]! - hidden.userIndices[other]! ||
      hidden.times[one]! - hidden.times[other]! ||
      one - other,
  );
  const tests = [...Map.groupBy(events, (event) => hidden.userIndices[event]!)].flatMap(
    ([sessionIndex, ofSession]) => {
      const items = ofSession.map((event) => hidden.itemIndices[event]!);
      return items.slice(1).map((next, index) => ({ sessionIndex, prefix: items.slice(0, index + 1), next }));
    },
  );
  return { train, tests };
}

export const SESSION_CONTENDERS: Readonly<Record<string, SessionContender>> = {
  popularity: {
    parameters: POPULARITY_DEFAULTS,
    train: ({ interactions, now }) => {
      const scores = scorePopularity(trainPopularity(interactions, POPULARITY_DEFAULTS, now));
      return () => scores;
    },
  },
  'session-knn': {
    parameters: SESSION_KNN_DEFAULTS,
    train: ({ train, now }) => {
      const baskets = basketsFromEvents(train.userIds.length, train.itemIds.length, train);
      const model = trainSessionKnn(baskets, SESSION_KNN_DEFAULTS, now);
      return (prefix) => scoreSessionKnn(model, prefix);
    },
  },
  'item-knn': {
    parameters: ITEM_KNN_DEFAULTS,
    train: ({ interactions, pool }) => {
      const neighbours = trainItemKnn(interactions, ITEM_KNN_DEFAULTS, pool);
      return (prefix) => scoreByNeighbours(neighbours, historyOfSession(prefix));
    },
  },
  rp3beta: {
    parameters: RP3BETA_DEFAULTS,
    train: ({ interactions, pool }) => {
      const neighbours = trainRp3beta(interactions, RP3BETA_DEFAULTS, pool);
      return (prefix) => scoreByNeighbours(neighbours, historyOfSession(prefix));
    },
  },
  ease: {
    parameters: EASE_DEFAULTS,
    train: ({ interactions, pool }) => {
      const model = trainEase(interactions, EASE_DEFAULTS, pool);
      return (prefix) => scoreEase(model, historyOfSession(prefix));
    },
  },
  ials: {
    parameters: IALS_DEFAULTS,
    train: ({ interactions, seed, pool }) => {
      const model = trainIals(interactions, IALS_DEFAULTS, seed, pool);
      return (prefix) => scoreIals(model, historyOfSession(prefix));
    },
  },
};

/** Each item of the session once; models of baskets ignore the order. */
function historyOfSession(prefix: readonly number[]): History {
  const itemIndices = Uint32Array.from(new Set(prefix)).toSorted();
  const unknown = new Float64Array(itemIndices.length).fill(Number.NaN);
  return {
    itemIndices,
    weights: new Float32Array(itemIndices.length).fill(1),
    daysBought: new Float32Array(itemIndices.length).fill(1),
    firstAt: unknown,
    lastAt: unknown,
    dayCount: 1,
  };
}

export type SessionRun = {
  readonly protocol: string;
  readonly split: SessionSplit;
  readonly contenders: Readonly<Record<string, SessionContender>>;
  readonly seed: number;
  readonly threads: number;
  readonly progress: (message: string) => void;
};

export type SessionResult = {
  readonly rows: readonly ReportRow[];
  readonly cases: ReadonlyMap<string, readonly RankedCase[]>;
};

export function runSessions(run: SessionRun): SessionResult {
  return withWorkers(run.threads, (pool) => {
    const { train, tests } = run.split;
    const interactions = interactionsFromEvents(train.userIds.length, train.itemIds.length, train);
    const now = train.times.reduce((latest, time) => Math.max(latest, time), -Infinity) + MS_PER_DAY;
    const { overall } = trainPopularity(interactions, POPULARITY_DEFAULTS, Number.NaN);
    const rows: ReportRow[] = [];
    const cases = new Map<string, readonly RankedCase[]>();
    for (const [algorithm, contender] of Object.entries(run.contenders)) {
      const started = performance.now();
      const score = contender.train({ train, interactions, now, seed: run.seed, pool });
      const trainSeconds = (performance.now() - started) / 1000;
      const ranked = tests.map(({ sessionIndex, prefix, next }): RankedCase => ({
        userIndex: sessionIndex,
        list: selectTopK(score(prefix), Math.max(...CUTOFFS)),
        relevant: new Set([next]),
        historyLength: prefix.length,
      }));
      cases.set(algorithm, ranked);
      rows.push({
        protocol: run.protocol,
        algorithm,
        ...summariseCases(ranked, overall, interactions.byUser.rowCount),
        userCount: new Set(tests.map(({ sessionIndex }) => sessionIndex)).size,
        trainSeconds,
        hyperParameters: contender.parameters,
      });
      run.progress(`${run.protocol}: ${algorithm}, trained in ${trainSeconds.toFixed(2)} s`);
    }
    return { rows, cases };
  });
}
