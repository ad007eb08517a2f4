/** `Query.rankProducts`: a listing or a search result in the order for one customer. No SQL. */
import { Product } from '#catalog/graphql.ts';
import { productById } from '#catalog/loaders.ts';
import { type ProductRow, productsByName, readProductPage } from '#catalog/queries.ts';
import { CustomerBy, findCustomer } from '#customers/graphql.ts';
import { badInput } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import type { RequestContext } from '#platform/request.ts';

import { type RankedProduct, rankProducts } from '../serving/rank-products.ts';
import { Algorithm } from './enums.ts';
import { RecommendationType } from './recommendations.ts';

const MAX_RANKED_PRODUCTS = 500;

const RankProductsInput = builder.inputType('RankProductsInput', {
  description:
    'The products to order, and for whom: `products` as given, or those of `search` and `category`.',
  fields: (t) => ({
    customer: t.field({ type: CustomerBy, required: true, description: 'For whom.' }),
    products: t.globalIDList({
      for: Product,
      description: `The products of the listing, at most ${MAX_RANKED_PRODUCTS}.`,
    }),
    search: t.string({
      description: `Words that must all occur, as in \`products\`; at most the first ${MAX_RANKED_PRODUCTS} products by name are ordered.`,
    }),
    category: t.string({ description: 'Only this category and those below it, as in `products`.' }),
    algorithm: t.field({ type: Algorithm, description: 'One method instead of those of the BEST list.' }),
  }),
});

interface Ranked extends RankedProduct {
  readonly rank: number;
}

const RankedProductType = builder.objectRef<Ranked>('RankedProduct').implement({
  description: 'A product at its place in the order for a customer.',
  fields: (t) => ({
    product: t.expose('product', { type: Product, description: 'The product.' }),
    rank: t.exposeInt('rank', { description: 'Place in the order, from 1.' }),
    recommendation: t.field({
      type: RecommendationType,
      nullable: true,
      description:
        'Score and reasons of the place; null for a product that no method scores, which stays behind those that one does, in the order given.',
      resolve: ({ choice, rank }) => (choice === null ? null : { choice, rank }),
    }),
  }),
});

builder.queryField('rankProducts', (t) =>
  t.field({
    type: [RankedProductType],
    description:
      'A listing or a search result in the order for one customer, every product once. Empty where the customer is unknown.',
    args: {
      input: t.arg({
        type: RankProductsInput,
        required: true,
        description: 'The products and the customer.',
      }),
    },
    resolve: async (_, { input }, context) => {
      const { customer: by, algorithm, ...listing } = input;
      const [customer, products] = await Promise.all([
        findCustomer(by, context, ['id', 'country']),
        readListing(listing, context),
      ]);
      if (customer === null) return [];
      const ranked = await rankProducts(context, customer, products, algorithm ?? null);
      return ranked.map((one, index) => ({ ...one, rank: index + 1 }));
    },
  }),
);

async function readListing(
  { products, search, category }: Omit<typeof RankProductsInput.$inferInput, 'customer' | 'algorithm'>,
  context: RequestContext,
): Promise<readonly ProductRow[]> {
  if (products != null) {
    if (search != null || category != null) {
      throw badInput('Give either `products`, or `search` and `category`.');
    }
    if (products.length > MAX_RANKED_PRODUCTS) {
      throw badInput(`Give at most ${MAX_RANKED_PRODUCTS} products, got ${products.length}.`);
    }
    const ids = [...new Set(products.map(({ id }) => id))];
    const rows = await Promise.all(ids.map((id) => productById(context).load(id)));
    return rows.filter((row) => row !== null);
  }
  if (search == null && category == null) throw badInput('Give `products`, `search` or `category`.');
  return readProductPage(
    context.db,
    { search: search ?? null, category: category ?? null },
    {
      order: productsByName.order,
      size: MAX_RANKED_PRODUCTS,
      limit: MAX_RANKED_PRODUCTS,
      isBackward: false,
      after: null,
      before: null,
    },
  );
}
