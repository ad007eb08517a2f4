/** `Query.recommend`: for a basket, a session or a product, without a known customer. No SQL. */
import { Product } from '#catalog/graphql.ts';
import { badInput } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import { readCountry } from '#platform/input/countries.ts';

import { rankChoices, RecommendationType } from './recommendations.ts';
import { Algorithm } from './enums.ts';
import { RecommendationDiversity, RecommendationFilter, parseRequest } from './arguments.ts';
import { recommendForProducts } from '../serving/recommend.ts';

const MAX_GIVEN_PRODUCTS = 200;
/** Factor of the weight of each earlier viewed product. */
const SESSION_FADING = 0.8;

const RecommendInput = builder.inputType('RecommendInput', {
  description:
    'Context of a recommendation: at most one of `basket`, `session` and `product`. Without any of them the result is popular products.',
  fields: (t) => ({
    basket: t.globalIDList({ for: Product, description: 'Products in the basket, at most 200.' }),
    session: t.globalIDList({
      for: Product,
      description: 'Viewed products, the latest last, at most 200; later ones have more weight.',
    }),
    product: t.globalID({ for: Product, description: 'The viewed product.' }),
    country: t.string({
      description: 'Country: an ISO 3166-1 code, or a name of the country. Determines popular products.',
    }),
    first: t.int({ defaultValue: 10, description: 'Number of products, 0 to 100.' }),
    algorithm: t.field({ type: Algorithm, description: 'One method instead of the best one.' }),
    filter: t.field({ type: RecommendationFilter, description: 'Filter of products.' }),
    diversity: t.field({
      type: RecommendationDiversity,
      description: 'Diversity of the list; the plain ranking by default.',
    }),
  }),
});

builder.queryField('recommend', (t) =>
  t.field({
    type: [RecommendationType],
    description:
      'Products for a basket, a session or a product, without a known customer. Given products are not recommended.',
    args: {
      input: t.arg({ type: RecommendInput, required: true, description: 'The context.' }),
    },
    resolve: async (_, { input }, context) => {
      const { basket, session, product, country, ...rest } = input;
      if ([basket, session, product].filter((given) => given != null).length > 1) {
        throw badInput('Give at most one of `basket`, `session` and `product`.');
      }
      const seen = (basket ?? session ?? (product == null ? [] : [product])).map(({ id }) => id);
      if (seen.length > MAX_GIVEN_PRODUCTS) {
        throw badInput(`Give at most ${MAX_GIVEN_PRODUCTS} products, got ${seen.length}.`);
      }
      const fading = session == null ? 1 : SESSION_FADING;
      // The last position of a repeated product counts.
      const weights = new Map(seen.map((id, index) => [id, fading ** (seen.length - 1 - index)]));
      const request = parseRequest({ ...rest, list: session == null ? 'discover' : 'session' });
      const code = country == null ? null : readCountry('input.country', country);
      return rankChoices(await recommendForProducts(context, weights, code, request));
    },
  }),
);
