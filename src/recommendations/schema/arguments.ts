/** Arguments of recommendation lists, and the parsed request. */
import { Product } from '#catalog/graphql.ts';
import { badInput, MAX_PAGE_SIZE } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';

import { type CandidateFilter, NO_FILTER } from '../serving/candidates.ts';
import type { Diversity } from '../serving/diversity.ts';
import type { RecommendationRequest } from '../serving/recommend.ts';

export const RecommendationFilter = builder.inputType('RecommendationFilter', {
  description: 'Filter of products, applied before the best are chosen, so that lists stay complete.',
  fields: (t) => ({
    category: t.string({
      description: 'Path of a category, such as `Home > Lighting`; includes those below it.',
    }),
    minPrice: t.field({ type: 'Decimal', description: 'Minimum price of one unit, inclusive.' }),
    maxPrice: t.field({ type: 'Decimal', description: 'Maximum price of one unit, inclusive.' }),
    exclude: t.globalIDList({ for: Product, description: 'Products to exclude, at most 1,000.' }),
    inStock: t.boolean({
      defaultValue: true,
      description:
        'Excludes products without units on hand; on by default. Products whose stock is not tracked count as in stock.',
    }),
  }),
});

export const RecommendationDiversity = builder.inputType('RecommendationDiversity', {
  description: 'Diversity of a list. It is selected from the best five times as many products.',
  fields: (t) => ({
    relevance: t.float({
      defaultValue: 0.7,
      description:
        'Maximal marginal relevance: 1 uses only the scores, 0 only the differences of categories and keywords.',
    }),
    mostPerCategory: t.int({
      description:
        'Maximum number of products of one category, 1 to 100; a list may then be shorter than requested.',
    }),
  }),
});

export interface RecommendationArguments {
  readonly first?: number | null | undefined;
  readonly list?: RecommendationRequest['list'] | null | undefined;
  readonly algorithm?: RecommendationRequest['algorithm'] | undefined;
  readonly filter?: typeof RecommendationFilter.$inferInput | null | undefined;
  readonly diversity?: typeof RecommendationDiversity.$inferInput | null | undefined;
}

export function parseRequest({
  first,
  list,
  algorithm,
  filter,
  diversity,
}: RecommendationArguments): RecommendationRequest {
  return {
    list: list ?? 'best',
    algorithm: algorithm ?? null,
    count: readCount(first ?? 10),
    filter: filter == null ? NO_FILTER : readFilter(filter),
    diversity: diversity == null ? null : readDiversity(diversity),
  };
}

/** @throws {GraphQLError} with code BAD_USER_INPUT */
export function readCount(first: number): number {
  if (first >= 0 && first <= MAX_PAGE_SIZE) return first;
  throw badInput(`\`first\` must be between 0 and ${MAX_PAGE_SIZE}, got ${first}.`);
}

function readDiversity({
  relevance,
  mostPerCategory,
}: typeof RecommendationDiversity.$inferInput): Diversity {
  const share = relevance ?? 1;
  if (!(share >= 0 && share <= 1)) throw badInput(`\`relevance\` must be between 0 and 1, got ${share}.`);
  const cap = mostPerCategory ?? null;
  if (cap !== null && (cap < 1 || cap > MAX_PAGE_SIZE)) {
    throw badInput(`\`mostPerCategory\` must be between 1 and ${MAX_PAGE_SIZE}, got ${cap}.`);
  }
  return { relevance: share, mostPerCategory: cap };
}

const MAX_EXCLUDED = 1000;

function readFilter(filter: typeof RecommendationFilter.$inferInput): CandidateFilter {
  const excludedProductIds = (filter.exclude ?? []).map(({ id }) => id);
  if (excludedProductIds.length > MAX_EXCLUDED) {
    throw badInput(`Exclude at most ${MAX_EXCLUDED} products, got ${excludedProductIds.length}.`);
  }
  return {
    category: filter.category ?? null,
    minPrice: filter.minPrice == null ? null : Number(filter.minPrice),
    maxPrice: filter.maxPrice == null ? null : Number(filter.maxPrice),
    productIds: null,
    excludedProductIds,
    isInStock: filter.inStock ?? true,
  };
}
