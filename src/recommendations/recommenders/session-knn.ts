/** Session kNN as a recommender: products of similar sessions. Needs no customer. */
import type { SparseMatrix } from '#numeric/sparse.ts';

import type { Baskets } from '../algorithms/baskets.ts';
import type { History } from '../algorithms/interactions.ts';
import {
  explainSessionKnn,
  scoreSessionKnn,
  SESSION_KNN_DEFAULTS,
  type SessionKnnModel,
  type SessionKnnParameters,
  trainSessionKnn,
} from '../algorithms/session-knn.ts';
import { rankPositive } from './dense-scores.ts';
import {
  decodeJson,
  encodeJson,
  type ModelParts,
  type RecommenderKind,
  takePart,
  type TrainingData,
} from './recommender.ts';

/** The newest items of a long history: those of the session. */
const MAX_SESSION = 10;

export const sessionKnn: RecommenderKind = {
  algorithm: 'session-knn',
  hyperparameters: { ...SESSION_KNN_DEFAULTS },
  train(data, hyperparameters) {
    const { bySession, byItem, sessionWeights, itemWeights, parameters } = trainSessionKnn(
      joinSessions(data),
      hyperparameters as SessionKnnParameters,
      data.toMs,
    );
    return {
      ...storePattern('by-session', bySession),
      ...storePattern('by-item', byItem),
      'session-weights.f64': sessionWeights as Float64Array<ArrayBuffer>,
      'item-weights.f64': itemWeights as Float64Array<ArrayBuffer>,
      'settings.json': encodeJson(parameters),
    };
  },
  open(parts, items) {
    const sessionWeights = takePart(parts, 'session-weights.f64', Float64Array);
    const model: SessionKnnModel = {
      parameters: decodeJson(parts, 'settings.json') as SessionKnnParameters,
      bySession: takePattern(parts, 'by-session', items.count),
      byItem: takePattern(parts, 'by-item', sessionWeights.length),
      sessionWeights,
      itemWeights: takePart(parts, 'item-weights.f64', Float64Array),
    };
    return {
      rank({ history }, top) {
        const session = sessionOf(history);
        if (session.length > 0) rankPositive(scoreSessionKnn(model, session), top);
      },
      explain: ({ history }, itemIndex) =>
        explainSessionKnn(model, sessionOf(history), itemIndex)
          .filter(({ value }) => value > 0)
          .toSorted((left, right) => right.value - left.value)
          .map(({ itemIndex: seen, value }) => ({ kind: 'seen-together', weight: value, itemIndex: seen })),
    };
  },
};

/** Only the newest sessions: interests change, and every session is compared with each. */
const MAX_SESSIONS = 200_000;

/** Sessions, and purchase days as successful sessions; oldest first. */
function joinSessions({ baskets, sessions }: TrainingData): Baskets {
  const purchaseDayCount = baskets.times.length;
  const timeOf = (session: number): number =>
    session < purchaseDayCount ? baskets.times[session]! : sessions.times[session - purchaseDayCount]!;
  const order = Uint32Array.from(
    { length: purchaseDayCount + sessions.times.length },
    (_, session) => session,
  )
    .toSorted((left, right) => timeOf(left) - timeOf(right) || left - right)
    .subarray(-MAX_SESSIONS);
  const itemIndices: number[] = [];
  const offsets = [0];
  for (const session of order) {
    const [source, starts, index] =
      session < purchaseDayCount
        ? [baskets.itemIndices, baskets.basketOffsets, session]
        : [sessions.itemIndices, sessions.offsets, session - purchaseDayCount];
    for (let slot = starts[index]!; slot < starts[index + 1]!; slot += 1) itemIndices.push(source[slot]!);
    offsets.push(itemIndices.length);
  }
  return {
    itemCount: baskets.itemCount,
    // Their customers are not used.
    userOffsets: new Uint32Array(0),
    basketOffsets: Uint32Array.from(offsets),
    itemIndices: Uint32Array.from(itemIndices),
    times: Float64Array.from(order, timeOf),
  };
}

/** The items in chronological order: by weight, which increases within a session, then by the last purchase. */
function sessionOf({ itemIndices, weights, lastAt }: History): Uint32Array {
  const order = Uint32Array.from(itemIndices.keys()).toSorted(
    (left, right) => weights[left]! - weights[right]! || lastAt[left]! - lastAt[right]! || left - right,
  );
  return order.subarray(-MAX_SESSION).map((entry) => itemIndices[entry]!);
}

/** Session kNN only tests whether there is an entry. */
const NO_VALUES = new Float32Array(0);

function storePattern(name: string, { offsets, columns }: SparseMatrix): ModelParts {
  return {
    [`${name}.offsets.u32`]: offsets as Uint32Array<ArrayBuffer>,
    [`${name}.columns.u32`]: columns as Uint32Array<ArrayBuffer>,
  };
}

function takePattern(parts: ModelParts, name: string, columnCount: number): SparseMatrix {
  const offsets = takePart(parts, `${name}.offsets.u32`, Uint32Array);
  const columns = takePart(parts, `${name}.columns.u32`, Uint32Array);
  return { rowCount: offsets.length - 1, columnCount, offsets, columns, values: NO_VALUES };
}
