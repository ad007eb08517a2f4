/** Customers who bought most like a customer has by now. Never says so of people who are gone. */
import { catalogIndex } from '#catalog/catalog-index.ts';
import type { ProductRow } from '#catalog/queries.ts';
import { customerById } from '#customers/loaders.ts';
import type { CustomerRow } from '#customers/queries.ts';
import type { RequestContext } from '#platform/request.ts';

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

/** Best first. Fewer than asked for where fewer have a product in common; none without a history or a model. */
export async function findSimilarCustomers(
  context: RequestContext,
  customerId: string,
  count: number,
): Promise<readonly SimilarCustomer[]> {
  const { app } = context;
  const [models, catalog, taste] = await Promise.all([
    modelIndex(app).current(),
    catalogIndex(app).current(),
    tasteByCustomer(context).load(customerId),
  ]);
  const model = models.get('user-knn');
  if (model === undefined || count === 0) return [];
  const { history } = taste.readIn(model.items);
  const visitor = { history, customerId, country: null, nowMs: context.now.getTime() };
  const found = model.recommender.findSimilarCustomers(visitor, count + SPARE);

  const positions = model.items.positionsIn(catalog);
  const answer: SimilarCustomer[] = [];
  // Whoever was merged since is answered as the person they are now part of.
  const told = new Set([customerId]);
  const take = async (candidates: typeof found): Promise<void> => {
    const people = await customerById(context).loadMany(candidates.map((one) => one.customerId));
    candidates.forEach(({ similarity, sharedItems }, place) => {
      const customer = people[place];
      if (customer instanceof Error) throw customer;
      if (customer == null || told.has(customer.id) || answer.length === count) return;
      told.add(customer.id);
      const sharedProducts = (): readonly ProductRow[] =>
        Array.from(sharedItems(), (item) => catalog.products[positions[item]!]).filter(
          (product) => product !== undefined,
        );
      answer.push({ customer, score: similarity, sharedProducts });
    });
  };
  await take(found.slice(0, count));
  // The spare ones are read only where somebody is gone, which is rare.
  if (answer.length < count && found.length > count) await take(found.slice(count));
  return answer;
}
