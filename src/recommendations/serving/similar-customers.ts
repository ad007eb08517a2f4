/** Customers with purchases similar to a customer's current ones. Excludes merged and erased customers. */
import { type Catalog, catalogIndex } from '#catalog/catalog-index.ts';
import type { ProductRow } from '#catalog/queries.ts';
import { type CustomerColumn, type CustomerRow, readCustomers } from '#customers/queries.ts';
import { isSliceSpent, nextTurn } from '#platform/pacing.ts';
import { perRequestWith, type RequestContext } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { historyByCustomer } from './loaders.ts';
import { type LoadedModel, modelRegistry } from '../models/registry.ts';
import type { SimilarUsers } from '../recommenders/similar-users.ts';
import type { UserKnnRecommender } from '../recommenders/user-knn.ts';

export interface SimilarCustomer {
  readonly customer: CustomerRow;
  /** Cosine of the sets of products, 0 to 1. */
  readonly score: number;
  /** User index in the model. */
  readonly userIndex: number;
  /** The customer to whom they are similar. */
  readonly to: Subject;
}

interface Subject {
  readonly itemIndices: Uint32Array;
  readonly model: LoadedModel<UserKnnRecommender>;
  readonly catalog: Catalog;
}

/** Spare results: some may have been merged or erased since the training. */
const SPARE = 3;

export interface SimilarCustomersRequest {
  readonly count: number;
  /** Columns to read of the other customers, the id among them. */
  readonly columns: readonly CustomerColumn[];
}

/** Best first. Fewer than requested where fewer have a product in common; none without a history or a model. */
export const similarByCustomer = perRequestWith(
  (context: RequestContext, request: SimilarCustomersRequest) =>
    new DataLoader<string, SimilarCustomer[]>((customerIds) =>
      findSimilarToEach(context, customerIds, request),
    ),
);

/** Products that both have bought. */
export function findSharedProducts({ userIndex, to }: SimilarCustomer): ProductRow[] {
  const { itemIndices, model, catalog } = to;
  const positions = model.items.positionsIn(catalog);
  return Array.from(
    model.recommender.findShared(itemIndices, userIndex),
    (item) => catalog.products[positions[item]!],
  ).filter((product) => product !== undefined);
}

async function findSimilarToEach(
  context: RequestContext,
  customerIds: readonly string[],
  { count, columns }: SimilarCustomersRequest,
): Promise<SimilarCustomer[][]> {
  const { app } = context;
  const [models, catalog] = await Promise.all([modelRegistry(app).current(), catalogIndex(app).current()]);
  const model = models.get('user-knn');
  if (model === undefined || count === 0) return customerIds.map(() => []);
  const { recommender, items } = model;
  const people = createCandidates(context, recommender, columns);
  const selves = customerIds.map((id) => recommender.indexOf(id));
  // The stored neighbours are read at the same time as the histories, which decide whether they are still valid.
  const ready = people.read(selves.map((self) => recommender.findTrained(self, count)));
  const historyOf = historyByCustomer(context);
  const customerHistories = await Promise.all(customerIds.map((id) => historyOf.load(id)));
  await ready;

  const histories = customerHistories.map((userHistory) => userHistory.readIn(items).history.itemIndices);
  const found: SimilarUsers[] = [];
  for (const [index, itemIndices] of histories.entries()) {
    if (isSliceSpent()) await nextTurn(context.signal);
    found.push(recommender.findSimilar(itemIndices, count + SPARE, selves[index]!));
  }
  await people.read(found.map(({ userIndices }) => userIndices.slice(0, count)));
  // The spare ones are read only if some are gone, which is rare.
  const short = found.filter(({ userIndices }) =>
    userIndices.slice(0, count).some((user) => people.isGone(user)),
  );
  await people.read(short.map(({ userIndices }) => userIndices));

  return found.map(({ userIndices, similarities }, index) => {
    const to = { itemIndices: histories[index]!, model, catalog };
    // A merged customer is answered as the one that they were merged into.
    const told = new Set([customerIds[index]!]);
    const answer: SimilarCustomer[] = [];
    for (let rank = 0; rank < userIndices.length && answer.length < count; rank += 1) {
      const userIndex = userIndices[rank]!;
      const customer = people.get(userIndex);
      if (customer === null || told.has(customer.id)) continue;
      told.add(customer.id);
      answer.push({ customer, score: similarities[rank]!, userIndex, to });
    }
    return answer;
  });
}

interface SimilarCandidates {
  /** Reads those that were not read yet in one statement. */
  read(userIndices: readonly (readonly number[])[]): Promise<void>;
  /** Null for erased customers. */
  get(userIndex: number): CustomerRow | null;
  /** Erased or merged. */
  isGone(userIndex: number): boolean;
}

/** Customers by their user index in a model. */
function createCandidates(
  { db }: RequestContext,
  { idOf }: Pick<UserKnnRecommender, 'idOf'>,
  columns: readonly CustomerColumn[],
): SimilarCandidates {
  const rows = new Map<number, CustomerRow | null>();
  const gone = new Set<number>();
  return {
    async read(userIndices) {
      const ids = new Map<number, string>();
      for (const some of userIndices) {
        for (const user of some) if (!rows.has(user) && !ids.has(user)) ids.set(user, idOf(user));
      }
      if (ids.size === 0) return;
      const found = await readCustomers(db, [...ids.values()], columns);
      for (const [user, id] of ids) {
        const row = found.get(id) ?? null;
        rows.set(user, row);
        if (row?.id !== id) gone.add(user);
      }
    },
    get: (userIndex) => rows.get(userIndex) ?? null,
    isGone: (userIndex) => gone.has(userIndex),
  };
}
