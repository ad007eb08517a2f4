/** Why a product was chosen, in words, with weights that add up to its score. Chooses nothing. */
import type { ProductRow } from '#catalog/queries.ts';

import type { Choice } from './lists.ts';
import type { Part } from './recommenders/recommender.ts';

export interface Reason {
  readonly kind: Part['kind'];
  readonly weight: number;
  readonly text: string;
  readonly product: ProductRow | null;
  readonly customerCount: number | null;
}

/** Parts told one by one; what further ones add is one reason more. */
const MOST_TOLD = 3;

/** A smaller number of people could point at one of them. */
const LEAST_CUSTOMERS = 5;

/**
 * Most telling first. Worked out from the model when asked for, not when the list is made.
 * @param count how many at most
 */
export function explainChoice(choice: Choice, count: number): readonly Reason[] {
  const parts = choice.model.recommender.explain(choice.visitor, choice.itemIndex);
  // One part left over is told as well: "1 more" would say less in as much room.
  const toldCount = parts.length === MOST_TOLD + 1 ? parts.length : MOST_TOLD;
  const reasons = parts.slice(0, Math.min(toldCount, count)).map((part) => tell(part, choice));
  if (parts.length > toldCount && count > toldCount) reasons.push(tellRest(parts.slice(toldCount)));
  return reasons;
}

function tell(part: Part, choice: Choice): Reason {
  const product = part.kind === 'bought-together' ? findProduct(choice, part.itemIndex) : null;
  const customerCount = 'customerCount' in part ? tellable(part.customerCount) : null;
  return {
    kind: part.kind,
    weight: part.weight,
    product,
    customerCount,
    text: write(part, product, customerCount),
  };
}

function findProduct({ model, catalog }: Choice, itemIndex: number): ProductRow | null {
  return catalog.products[model.items.positionsIn(catalog)[itemIndex]!] ?? null;
}

function write(part: Part, product: ProductRow | null, customerCount: number | null): string {
  if (part.kind === 'bought-together') {
    return `Customers who bought ${product?.name ?? 'a product no longer on sale'} often buy this too.`;
  }
  if (part.kind === 'repeat-purchase') {
    const last = Number.isNaN(part.daysSinceLast) ? '' : `, the last ${tellAge(part.daysSinceLast)}`;
    return `Bought on ${part.daysBought} of ${part.dayCount} purchase days${last}.`;
  }
  if (part.kind === 'repeat-rate') return 'Customers who bought this tend to buy it again.';
  const customers = customerCount === null ? 'customers' : `${customerCount} customers`;
  if (part.kind === 'similar-customers') return `Bought by ${customers} with similar purchases.`;
  return part.country === null ? `Bought by ${customers}.` : `Bought by ${customers} in ${part.country}.`;
}

function tellRest(parts: readonly Part[]): Reason {
  return {
    kind: parts[0]!.kind,
    weight: parts.reduce((sum, part) => sum + part.weight, 0),
    text: `So do customers who bought ${parts.length} other products of this history.`,
    product: null,
    customerCount: null,
  };
}

function tellable(customerCount: number): number | null {
  return customerCount >= LEAST_CUSTOMERS ? customerCount : null;
}

function tellAge(days: number): string {
  const whole = Math.floor(days);
  if (whole <= 0) return 'today';
  return whole === 1 ? 'yesterday' : `${whole} days ago`;
}
