/** User-user cosine as a recommender, and the search for similar customers that rests on the same model. */
import { type SparseMatrix, transpose } from '#numeric/sparse.ts';

import { findSlot, type History } from '../algorithms/interactions.ts';
import { USER_KNN_DEFAULTS, type UserKnnParameters } from '../algorithms/user-knn.ts';
import { createIdTable, formatId, type IdTable, packIds } from '../id-table.ts';
import {
  decodeJson,
  encodeJson,
  type Recommender,
  type RecommenderKind,
  takePart,
  type Visitor,
} from './recommender.ts';
import { createUserSearch, type SimilarUsers } from './similar-users.ts';

interface SimilarCustomer {
  readonly customerId: string;
  readonly similarity: number;
  /** Ascending row numbers of what both have bought. */
  readonly sharedItems: Uint32Array;
}

export interface UserKnnRecommender extends Recommender {
  /** Customers of the training data whose purchases are most like the visitor's as of now; best first. */
  findSimilarCustomers(visitor: Visitor, count: number): readonly SimilarCustomer[];
}

export const userKnn: RecommenderKind<UserKnnRecommender> = {
  algorithm: 'user-knn',
  hyperparameters: USER_KNN_DEFAULTS,
  // Training keeps who bought what, from both sides; which customers are similar is found when somebody asks.
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
  open(parts, items) {
    const customers = createIdTable(takePart(parts, 'customers.ids.u8', Uint8Array));
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
    return openUserKnn(byUser, byItem, customers, decodeJson(parts, 'settings.json') as UserKnnParameters);
  },
};

/** The cosine of sets asks only whether there is an entry. */
const NO_VALUES = new Float32Array(0);

function openUserKnn(
  byUser: SparseMatrix,
  byItem: SparseMatrix,
  customers: IdTable,
  parameters: UserKnnParameters,
): UserKnnRecommender {
  const search = createUserSearch(byUser, byItem, parameters);
  const scores = new Float64Array(byUser.columnCount);
  // The reasons of a list ask for the same neighbours as the list itself.
  const neighboursOf = new WeakMap<Visitor, SimilarUsers>();

  function selfOf({ customerId }: Visitor): number {
    return customerId === null ? -1 : customers.indexOf(packIds([customerId]));
  }

  function findNeighbours(visitor: Visitor): SimilarUsers {
    let neighbours = neighboursOf.get(visitor);
    if (neighbours === undefined) {
      neighbours = search(visitor.history.itemIndices, parameters.neighbourCount, selfOf(visitor));
      neighboursOf.set(visitor, neighbours);
    }
    return neighbours;
  }

  return {
    /** score_j = sum over the similar customers v who have item j of similarity(v). */
    rank(visitor, top) {
      const { userIndices, similarities } = findNeighbours(visitor);
      const touched: number[] = [];
      userIndices.forEach((user, place) => {
        for (let slot = byUser.offsets[user]!; slot < byUser.offsets[user + 1]!; slot += 1) {
          const item = byUser.columns[slot]!;
          if (scores[item] === 0) touched.push(item);
          scores[item]! += similarities[place]!;
        }
      });
      for (const item of touched) {
        top.offer(item, scores[item]!);
        scores[item] = 0;
      }
    },

    explain(visitor, itemIndex) {
      const { userIndices, similarities } = findNeighbours(visitor);
      let weight = 0;
      let customerCount = 0;
      userIndices.forEach((user, place) => {
        if (findSlot(byUser, user, itemIndex) < 0) return;
        weight += similarities[place]!;
        customerCount += 1;
      });
      return [{ kind: 'similar-customers', weight, customerCount }];
    },

    findSimilarCustomers(visitor, count) {
      const { userIndices, similarities } = search(visitor.history.itemIndices, count, selfOf(visitor));
      return userIndices.map((user, place) => ({
        customerId: formatId(customers.bytes, user),
        similarity: similarities[place]!,
        sharedItems: findSharedItems(byUser, visitor.history, user),
      }));
    },
  };
}

function findSharedItems(byUser: SparseMatrix, history: History, user: number): Uint32Array {
  return history.itemIndices.filter((item) => findSlot(byUser, user, item) >= 0);
}
