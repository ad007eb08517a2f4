/** Recommendations in the schema. No SQL. */
import { Product } from '#catalog/graphql.ts';
import { customerColumnsFor, requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { MAX_PAGE_SIZE } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import { oncePerField, selectedNames } from '#graphql/selection.ts';

import { Algorithm, RecommendationList } from './enums.ts';
import {
  readCount,
  parseRequest,
  RecommendationDiversity,
  RecommendationFilter,
  type RecommendationArguments,
} from './arguments.ts';
import type { ScoredProduct } from '../serving/lists.ts';
import { explainChoice, type Reason } from '../serving/reasons.ts';
import { recommendationsByCustomer, recommendForProducts } from '../serving/recommend.ts';
import {
  findSharedProducts,
  similarByCustomer,
  type SimilarCustomer,
  type SimilarCustomersRequest,
} from '../serving/similar-customers.ts';

const ReasonKind = builder.enumType('ReasonKind', {
  description: 'Kind of evidence of a reason.',
  values: {
    BOUGHT_TOGETHER: {
      value: 'bought-together',
      description: 'Customers who bought `product` also bought this.',
    },
    SEEN_TOGETHER: {
      value: 'seen-together',
      description: 'Sessions with `product` also contained this, viewed or bought.',
    },
    REPEAT_PURCHASE: { value: 'repeat-purchase', description: 'The customer bought this before.' },
    REPEAT_RATE: { value: 'repeat-rate', description: 'Customers who bought this tend to buy it again.' },
    SIMILAR_CUSTOMERS: {
      value: 'similar-customers',
      description: 'Customers with similar purchases bought this.',
    },
    CONNECTED_CUSTOMERS: {
      value: 'connected-customers',
      description: 'Customers connected with the customer bought this: a household, referrals, follows.',
    },
    POPULARITY: { value: 'popularity', description: 'Many customers bought this.' },
    SHARED_KEYWORD: {
      value: 'shared-keyword',
      description: 'The product shares words with products of the customer.',
    },
    RESEMBLANCE: {
      value: 'resemblance',
      description: 'An approximation: to a neural network the product is near `product`.',
    },
    BASELINE: { value: 'baseline', description: 'Intercept: the score of the product for an empty history.' },
  } as const,
});

const ReasonType = builder.objectRef<Reason>('Reason').implement({
  description: 'A contribution to the score of a recommendation with its evidence.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ReasonKind, description: 'Kind of its evidence.' }),
    weight: t.exposeFloat('weight', {
      description: 'Contribution in the unit of the score: the weights of all reasons sum to it.',
    }),
    text: t.exposeString('text', { description: 'The reason in a sentence of plain English.' }),
    product: t.expose('product', {
      type: Product,
      nullable: true,
      description: 'The product of the history behind this one; null for the other kinds.',
    }),
    keywords: t.field({
      type: ['String'],
      nullable: true,
      description: 'Words of both products; null for methods that use only purchases.',
      resolve: ({ keywords }) => keywords && [...keywords],
    }),
    customerCount: t.exposeInt('customerCount', {
      nullable: true,
      description: 'Number of customers behind it; null if fewer than 5, or if not counted.',
    }),
  }),
});

/** Rounded to nine decimals: further ones are noise of the sum, and take longer to write than the sum to compute. */
function roundScore(score: number): number {
  return Math.abs(score) < 1e6 ? Math.round(score * 1e9) / 1e9 : score;
}

/** A product at its rank. */
interface Recommendation {
  readonly choice: ScoredProduct;
  readonly rank: number;
}

export const RecommendationType = builder.objectRef<Recommendation>('Recommendation').implement({
  description: 'A recommended product with reasons.',
  fields: (t) => ({
    product: t.field({
      type: Product,
      description: 'The product.',
      resolve: ({ choice }) => choice.product,
    }),
    score: t.float({
      description:
        'Larger is better. For REBUY the probability that the product is bought on the next purchase day, 0 to 1; for POPULARITY the share of customers who bought it, 0 to 1; for PERSONAL_FREQUENCY purchase days; for MLP and NEUMF a probability, 0 to 1; for BLEND standard deviations above the average product; otherwise a sum without a fixed range. Comparable within one algorithm only.',
      resolve: ({ choice }) => roundScore(choice.score),
    }),
    rank: t.exposeInt('rank', { description: 'Rank in the list, from 1.' }),
    algorithm: t.field({
      type: Algorithm,
      description: 'The method that selected it.',
      resolve: ({ choice }) => choice.ranking.model.algorithm,
    }),
    list: t.field({
      type: RecommendationList,
      description: 'REBUY where the customer bought it before, else DISCOVER, also within a BEST list.',
      resolve: ({ choice }) => (choice.isRepeat ? 'rebuy' : 'discover'),
    }),
    reasons: t.field({
      type: [ReasonType],
      description: 'Reasons, strongest first; the weights of all of them, at most 4, sum to the score.',
      args: { first: t.arg.int({ description: 'Maximum number, 0 to 100; all by default.' }) },
      resolve: ({ choice }, { first }) => explainChoice(choice, readCount(first ?? MAX_PAGE_SIZE)),
    }),
  }),
});

const SimilarCustomerType = builder.objectRef<SimilarCustomer>('SimilarCustomer').implement({
  description: 'A customer with similar purchases.',
  fields: (t) => ({
    customer: t.expose('customer', { type: Customer, description: 'The other customer.' }),
    score: t.float({
      description: 'Cosine of the sets of products of both, shrunk for small sets: 0 to 1.',
      resolve: ({ score }) => roundScore(score),
    }),
    sharedProducts: t.field({
      type: [Product],
      description: 'Products that both have bought.',
      resolve: (similar) => findSharedProducts(similar),
    }),
  }),
});

const readRequestOnce = oncePerField((args: RecommendationArguments) => parseRequest(args));

const readSimilarRequest = oncePerField(
  ({ first }: { readonly first?: number | null | undefined }, info): SimilarCustomersRequest => ({
    count: readCount(first ?? 5),
    columns: customerColumnsFor(info, selectedNames(info, ['customer'])),
  }),
);

builder.objectFields(Customer, (t) => ({
  recommendations: t.field({
    type: [RecommendationType],
    description:
      'Products for this customer, best first, from their purchases as of now. Empty while no model is trained.',
    args: {
      first: t.arg.int({ defaultValue: 10, description: 'Number of products, 0 to 100.' }),
      list: t.arg({ type: RecommendationList, defaultValue: 'best', description: 'Kind of the list.' }),
      algorithm: t.arg({
        type: Algorithm,
        description:
          'One method instead of the best for the list, without a fallback. Empty where no version of it is published: see `models`.',
      }),
      filter: t.arg({ type: RecommendationFilter, description: 'Filter of products.' }),
      diversity: t.arg({
        type: RecommendationDiversity,
        description: 'Diversity of the list; the plain ranking by default.',
      }),
    },
    extensions: requiresColumns('country'),
    resolve: async (customer, args, context, info) =>
      rankChoices(await recommendationsByCustomer(context, readRequestOnce(args, info)).load(customer)),
  }),
  similarCustomers: t.field({
    type: [SimilarCustomerType],
    description: 'Customers with the most similar purchases as of now, best first.',
    args: { first: t.arg.int({ defaultValue: 5, description: 'Number of customers, 0 to 100.' }) },
    extensions: requiresColumns(),
    resolve: ({ id }, args, context, info) =>
      similarByCustomer(context, readSimilarRequest(args, info)).load(id),
  }),
}));

builder.objectFields(Product, (t) => ({
  similar: t.field({
    type: [RecommendationType],
    description:
      'Products with common buyers, best first; where this one has too few buyers, products described in the same words.',
    args: {
      first: t.arg.int({ defaultValue: 5, description: 'Number of products, 0 to 100.' }),
      filter: t.arg({ type: RecommendationFilter, description: 'Filter of products.' }),
    },
    resolve: async (product, args, context) => {
      const request = parseRequest({ ...args, list: 'similar' });
      return rankChoices(await recommendForProducts(context, new Map([[product.id, 1]]), null, request));
    },
  }),
}));

export function rankChoices(choices: readonly ScoredProduct[]): Recommendation[] {
  return choices.map((choice, index) => ({ choice, rank: index + 1 }));
}
