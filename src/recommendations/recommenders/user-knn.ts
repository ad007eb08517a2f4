/** User-user cosine as a recommender, and the search for similar customers on the same model. */
import { type SparseMatrix, transpose } from '#numeric/sparse.ts';

import { findSlot } from '../algorithms/interactions.ts';
import { USER_KNN_DEFAULTS, type UserKnnParameters } from '../algorithms/user-knn.ts';
import { createIdIndex, formatId, type IdIndex } from '../histories/id-index.ts';
import {
  decodeJson,
  encodeJson,
  type ModelParts,
  type Recommender,
  type RecommenderKind,
  takePart,
  type UserQuery,
} from './recommender.ts';
import { createUserSearch, type SimilarUsers, type UserSearch } from './similar-users.ts';
import { findStored, listStored, type StoredNeighbours, storeNeighbours } from './stored-neighbours.ts';

export interface UserKnnRecommender extends Recommender {
  /** User index of a customer of the training data, else -1. */
  indexOf(customerId: string): number;
  idOf(userIndex: number): string;
  /**
   * Customers of the training data with the most similar purchases as of now; best first. @param self the user index of
   * the customer
   */
  findSimilar(itemIndices: Uint32Array, count: number, self: number): SimilarUsers;
  /** The stored most similar customers at the training. */
  findTrained(self: number, count: number): readonly number[];
  /** Ascending indexes of the common items. */
  findShared(itemIndices: Uint32Array, userIndex: number): Uint32Array;
}

export const userKnn: RecommenderKind<UserKnnRecommender> = {
  algorithm: 'user-knn',
  hyperparameters: USER_KNN_DEFAULTS,
  // The model stores the interactions by user and by item; similar customers are computed on demand.
  train({ interactions: { byUser }, customerIds }, hyperparameters) {
    const byItem = transpose(byUser);
    return {
      'customers.ids.u8': customerIds,
      'customers.offsets.u32': byUser.offsets as Uint32Array<ArrayBuffer>,
      'customers.items.u32': byUser.columns as Uint32Array<ArrayBuffer>,
      'items.offsets.u32': byItem.offsets as Uint32Array<ArrayBuffer>,
      'items.customers.u32': byItem.columns as Uint32Array<ArrayBuffer>,
      'settings.json': encodeJson(hyperparameters),
    };
  },
  prepareServing(parts, items) {
    const { byUser, search } = openParts(parts, items);
    const { users, similarities } = storeNeighbours(byUser, search);
    return { 'neighbours.customers.i32': users, 'neighbours.similarities.f64': similarities };
  },
  open: (parts, items) => openUserKnn(openParts(parts, items)),
};

interface OpenParts {
  readonly customers: IdIndex;
  readonly byUser: SparseMatrix;
  readonly parameters: UserKnnParameters;
  readonly search: UserSearch;
  /** Null for a model that was only trained to be measured. */
  readonly stored: StoredNeighbours | null;
}

function openParts(parts: ModelParts, items: IdIndex): OpenParts {
  const customers = createIdIndex(takePart(parts, 'customers.ids.u8', Uint8Array));
  const byUser: SparseMatrix = {
    rowCount: customers.count,
    columnCount: items.count,
    offsets: takePart(parts, 'customers.offsets.u32', Uint32Array),
    columns: takePart(parts, 'customers.items.u32', Uint32Array),
    values: NO_VALUES,
  };
  const byItem: SparseMatrix = {
    rowCount: items.count,
    columnCount: customers.count,
    offsets: takePart(parts, 'items.offsets.u32', Uint32Array),
    columns: takePart(parts, 'items.customers.u32', Uint32Array),
    values: NO_VALUES,
  };
  const parameters = decodeJson(parts, 'settings.json') as UserKnnParameters;
  const isPrepared = parts['neighbours.customers.i32'] !== undefined;
  return {
    customers,
    byUser,
    parameters,
    search: createUserSearch(byUser, byItem, parameters),
    stored: isPrepared
      ? {
          users: takePart(parts, 'neighbours.customers.i32', Int32Array),
          similarities: takePart(parts, 'neighbours.similarities.f64', Float64Array),
        }
      : null,
  };
}

/** The cosine of sets only tests whether there is an entry. */
const NO_VALUES = new Float32Array(0);

function openUserKnn({ customers, byUser, parameters, search, stored }: OpenParts): UserKnnRecommender {
  const scores = new Float64Array(byUser.columnCount);
  // The reasons of a list need the same neighbours as the list itself.
  const neighboursOf = new WeakMap<UserQuery, SimilarUsers>();

  function findNeighbours(visitor: UserQuery): SimilarUsers {
    let neighbours = neighboursOf.get(visitor);
    if (neighbours === undefined) {
      const self = visitor.customerId === null ? -1 : customers.find(visitor.customerId);
      neighbours = search(visitor.history.itemIndices, parameters.neighbourCount, self);
      neighboursOf.set(visitor, neighbours);
    }
    return neighbours;
  }

  return {
    /** score_j = sum over the similar customers v who have item j of similarity(v). */
    rank(visitor, top) {
      const { userIndices, similarities } = findNeighbours(visitor);
      const touched: number[] = [];
      userIndices.forEach((user, index) => {
        for (let slot = byUser.offsets[user]!; slot < byUser.offsets[user + 1]!; slot += 1) {
          const item = byUser.columns[slot]!;
          if (scores[item] === 0) touched.push(item);
          scores[item]! += similarities[index]!;
        }
      });
      for (const item of touched) {
        top.push(item, scores[item]!);
        scores[item] = 0;
      }
    },

    explain(visitor, itemIndex) {
      const { userIndices, similarities } = findNeighbours(visitor);
      let weight = 0;
      let customerCount = 0;
      userIndices.forEach((user, index) => {
        if (findSlot(byUser, user, itemIndex) < 0) return;
        weight += similarities[index]!;
        customerCount += 1;
      });
      return [{ kind: 'similar-customers', weight, customerCount }];
    },

    indexOf: (customerId) => customers.find(customerId),
    idOf: (userIndex) => formatId(customers.bytes, userIndex),
    findSimilar: (itemIndices, count, self) =>
      (stored && findStored(stored, byUser, itemIndices, count, self)) ?? search(itemIndices, count, self),
    findTrained: (self, count) => (stored === null ? [] : listStored(stored, self, count).userIndices),
    findShared: (itemIndices, user) => itemIndices.filter((item) => findSlot(byUser, user, item) >= 0),
  };
}
