/** Reasons of a recommendation in words, with weights that sum to its score. */
import type { ProductRow } from '#catalog/queries.ts';

import type { ScoredProduct, Ranking } from './lists.ts';
import type { ScoreContribution } from '../recommenders/recommender.ts';

export interface Reason {
  readonly kind: ScoreContribution['kind'];
  readonly weight: number;
  readonly text: string;
  readonly product: ProductRow | null;
  readonly customerCount: number | null;
  readonly keywords: readonly string[] | null;
}

/** Maximum number of single reasons; the remaining contributions are one more reason. */
const MAX_REASONS = 3;

/** A smaller number could identify a customer. */
const MIN_CUSTOMERS = 5;

/**
 * Strongest first. Computed from the model on demand, not when the list is made.
 * @param count maximum number
 */
export function explainChoice(choice: ScoredProduct, count: number): readonly Reason[] {
  if (count === 0) return [];
  const { ranking, itemIndex } = choice;
  // Only a longer list needs the number of contributions.
  const parts = ranking.model.recommender.explain(
    ranking.visitor,
    itemIndex,
    count <= MAX_REASONS ? count : undefined,
  );
  // A single remaining contribution is shown too: "1 more" would be less informative.
  const toldCount = parts.length === MAX_REASONS + 1 ? parts.length : MAX_REASONS;
  const told =
    parts.length <= Math.min(toldCount, count) ? parts : parts.slice(0, Math.min(toldCount, count));
  const reasons = told.map((part) => formatReason(part, choice));
  if (parts.length > toldCount && count > toldCount) reasons.push(formatRest(parts.slice(toldCount)));
  return reasons;
}

function formatReason(part: ScoreContribution, choice: ScoredProduct): Reason {
  const itemIndex = 'itemIndex' in part ? part.itemIndex : null;
  const product = itemIndex === null ? null : findProduct(choice.ranking, itemIndex);
  const customerCount = 'customerCount' in part ? publishableCount(part.customerCount) : null;
  return {
    kind: part.kind,
    weight: part.weight,
    product,
    customerCount,
    keywords: part.kind === 'shared-keyword' ? [part.keyword] : null,
    text: write(part, product, customerCount),
  };
}

function findProduct({ catalog, positions }: Ranking, itemIndex: number): ProductRow | null {
  return catalog.products[positions[itemIndex]!] ?? null;
}

function write(part: ScoreContribution, product: ProductRow | null, customerCount: number | null): string {
  const name = product?.name ?? 'a product no longer on sale';
  const customers = customerCount === null ? 'customers' : `${customerCount} customers`;
  switch (part.kind) {
    case 'bought-together':
      return part.weight < 0
        ? `Customers who bought ${name} buy this less often.`
        : `Customers who bought ${name} often buy this too.`;
    case 'seen-together':
      return `Visits with ${name} often have this too.`;
    case 'repeat-purchase': {
      if (part.daysBought === 0) return 'Viewed or in the basket now.';
      const last = Number.isNaN(part.daysSinceLast) ? '' : `, the last ${formatAge(part.daysSinceLast)}`;
      return `Bought on ${part.daysBought} of ${part.dayCount} purchase days${last}.`;
    }
    case 'repeat-rate':
      return 'Customers who bought this tend to buy it again.';
    case 'similar-customers':
      return `Bought by ${customers} with similar purchases.`;
    case 'connected-customers':
      return customerCount === null
        ? 'Bought by customers connected with this customer.'
        : `Bought by ${customerCount} customers connected with this customer.`;
    case 'popularity':
      if (part.segment !== undefined) return `Bought by ${customers} of the segment ${part.segment}.`;
      return part.country === null ? `Bought by ${customers}.` : `Bought by ${customers} in ${part.country}.`;
    case 'shared-keyword':
      return `Described as "${part.keyword}", like products of this history.`;
    case 'resemblance':
      return part.itemIndex === null
        ? 'An approximation: a neural network rates it so, and nothing of this history lies near it.'
        : `An approximation: to a neural network it lies near ${name}.`;
    case 'baseline':
      return 'Intercept: the score of any product for an empty history.';
  }
}

function formatRest(parts: readonly ScoreContribution[]): Reason {
  return {
    kind: parts[0]!.kind,
    weight: parts.reduce((sum, part) => sum + part.weight, 0),
    text: writeRest(parts),
    product: null,
    customerCount: null,
    keywords: keywordsOf(parts),
  };
}

function writeRest(parts: readonly ScoreContribution[]): string {
  const kinds = new Set(parts.map(({ kind }) => kind));
  if (kinds.size > 1) return `${parts.length} smaller parts of the score.`;
  if (kinds.has('seen-together')) return `So do visits with ${parts.length} other products of this one.`;
  if (kinds.has('shared-keyword')) return `Described in ${parts.length} more words of this history.`;
  if (kinds.has('resemblance'))
    return `An approximation: it also lies near ${parts.length} other products of this history.`;
  return `So do customers who bought ${parts.length} other products of this history.`;
}

function keywordsOf(parts: readonly ScoreContribution[]): readonly string[] | null {
  const keywords = parts.flatMap((part) => (part.kind === 'shared-keyword' ? [part.keyword] : []));
  return keywords.length === 0 ? null : keywords;
}

function publishableCount(customerCount: number): number | null {
  return customerCount >= MIN_CUSTOMERS ? customerCount : null;
}

function formatAge(days: number): string {
  const whole = Math.floor(days);
  if (whole <= 0) return 'today';
  return whole === 1 ? 'yesterday' : `${whole} days ago`;
}
