/** `Query.recommend`: for a basket, a visit or a product, without a known customer. No SQL. */
import { Product } from '#catalog/graphql.ts';
import { badInput } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import { readCountry } from '#platform/input/countries.ts';

import { rankChoices, RecommendationType } from './recommendations.ts';
import { Algorithm } from './enums.ts';
import { RecommendationDiversity, RecommendationFilter, parseRequest } from './arguments.ts';
import { recommendForProducts } from '../serving/recommend.ts';

const MAX_GIVEN_PRODUCTS = 200;
/** A product looked at says this much less than the one looked at after it. */
const SESSION_FADING = 0.8;

const RecommendInput = builder.inputType('RecommendInput', {
  description:
    'What is known of a visitor: at most one of `basket`, `session` and `product`. With none of them the answer is what is popular.',
  fields: (t) => ({
    basket: t.globalIDList({ for: Product, description: 'Products in the basket, at most 200.' }),
    session: t.globalIDList({
      for: Product,
      description: 'Products looked at, the latest last, at most 200; later ones count for more.',
    }),
    product: t.globalID({ for: Product, description: 'The product that is looked at.' }),
    country: t.string({
      description:
        'Where the visitor is: an ISO 3166-1 code, or a name of the country. Decides what is popular.',
    }),
    first: t.int({ defaultValue: 10, description: 'How many, 0 to 100.' }),
    algorithm: t.field({ type: Algorithm, description: 'One method alone instead of the best one.' }),
    filter: t.field({ type: RecommendationFilter, description: 'Which products may come.' }),
    diversity: t.field({
      type: RecommendationDiversity,
      description: 'How varied the list must be; by default it follows the scores alone.',
    }),
  }),
});

builder.queryField('recommend', (t) =>
  t.field({
    type: [RecommendationType],
    description:
      'Products for a basket, a session or a product, without a known customer. What is given is never recommended.',
    args: {
      input: t.arg({ type: RecommendInput, required: true, description: 'What is known of the visitor.' }),
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
      // Of a product given twice the later place counts.
      const weights = new Map(seen.map((id, index) => [id, fading ** (seen.length - 1 - index)]));
      const wish = parseRequest({ ...rest, list: session == null ? 'discover' : 'session' });
      const code = country == null ? null : readCountry('input.country', country);
      return rankChoices(await recommendForProducts(context, weights, code, wish));
    },
  }),
);
