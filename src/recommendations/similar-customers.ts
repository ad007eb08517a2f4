/** Customers who bought most like a customer has by now. Never says so of people who are gone. */
import { catalogIndex } from '#catalog/catalog-index.ts';
import type { ProductRow } from '#catalog/queries.ts';
import { customerWith } from '#customers/loaders.ts';
import type { CustomerColumn, CustomerRow } from '#customers/queries.ts';
import { perRequestWith, type RequestContext } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { tasteByCustomer } from './loaders.ts';
import { modelIndex } from './model-index.ts';

export interface SimilarCustomer {
  readonly customer: CustomerRow;
  /** Cosine of what both have bought, 0 to 1. */
  readonly score: number;
  readonly sharedProducts: () => readonly ProductRow[];
}

/** More than asked for: some may have been merged or erased since the model was trained. */
const SPARE = 3;

export interface SimilarWish {
  readonly count: number;
  /** To read of the others, the id among them. */
  readonly columns: readonly CustomerColumn[];
}

/** Best first. Fewer than asked for where fewer have a product in common; none without a history or a model. */
export const similarByCustomer = perRequestWith(
  (context: RequestContext, wish: SimilarWish) =>
    new DataLoader<string, readonly SimilarCustomer[]>((customerIds) =>
      findSimilarToEach(context, customerIds, wish),
    ),
);

async function findSimilarToEach(
  context: RequestContext,
  customerIds: readonly string[],
  { count, columns }: SimilarWish,
): Promise<(readonly SimilarCustomer[])[]> {
  const { app } = context;
  const [models, catalog] = await Promise.all([modelIndex(app).current(), catalogIndex(app).current()]);
  const model = models.get('user-knn');
  if (model === undefined || count === 0) return customerIds.map(() => []);
  const personOf = customerWith(context, columns);
  // Whom the training found is read at the same time as the histories, which tell whether that still holds.
  const expected = customerIds.flatMap((id) => model.recommender.findTrained(id, count));
  const ready = personOf.loadMany(expected);
  const tasteOf = tasteByCustomer(context);
  const tastes = await Promise.all(customerIds.map((id) => tasteOf.load(id)));
  await ready;

  const positions = model.items.positionsIn(catalog);
  const found = customerIds.map((customerId, place) => {
    const { history } = tastes[place]!.readIn(model.items);
    const visitor = { history, customerId, country: null, nowMs: context.now.getTime() };
    return model.recommender.findSimilarCustomers(visitor, count + SPARE);
  });
  const people = new Map<string, CustomerRow | null>();
  const readPeople = async (ids: readonly string[]): Promise<void> => {
    const rows = await Promise.all(ids.map((id) => personOf.load(id)));
    ids.forEach((id, place) => people.set(id, rows[place]!));
  };
  await readPeople([...new Set(found.flatMap((others) => idsOf(others.slice(0, count))))]);
  // The spare ones are read only where somebody is gone, which is rare.
  const short = found.filter((others) =>
    others.slice(0, count).some(({ customerId: id }) => people.get(id)?.id !== id),
  );
  await readPeople([...new Set(short.flatMap((others) => idsOf(others.slice(count))))]);

  return found.map((others, place) => {
    // Whoever was merged since is answered as the person they are now part of.
    const told = new Set([customerIds[place]!]);
    const answer: SimilarCustomer[] = [];
    for (const { customerId, similarity, sharedItems } of others) {
      const customer = people.get(customerId);
      if (customer == null || told.has(customer.id) || answer.length === count) continue;
      told.add(customer.id);
      const sharedProducts = (): readonly ProductRow[] =>
        Array.from(sharedItems(), (item) => catalog.products[positions[item]!]).filter(
          (product) => product !== undefined,
        );
      answer.push({ customer, score: similarity, sharedProducts });
    }
    return answer;
  });
}

function idsOf(others: readonly { readonly customerId: string }[]): string[] {
  return others.map(({ customerId }) => customerId);
}
