/** What a caller may say about an order, and what is wrong with it. Touches no database. */
import { checkDecimal, checkInteger, checkText, ItemChecks } from '#catalog/checks.ts';
import { isUuid } from '#platform/ids.ts';

import type { AboutPerson } from './batch-people.ts';
import { parseMoney } from './money.ts';
import type { OrderKind } from './order-writer.ts';
import { FIRST_EVENT_YEAR, isEventYear, LAST_EVENT_YEAR } from './partitions.ts';

export interface OrderLineInput {
  /** The product, by one of these. */
  readonly productId?: string | undefined;
  readonly sku?: string | undefined;
  /** Negative for returned units; not 0. */
  readonly quantity: number;
  /** Decimal text, per unit. */
  readonly unitPrice: string;
}

/** About nobody, it is a sale without a person. */
export interface OrderInput extends AboutPerson {
  /** System that issued the number. */
  readonly source: string;
  readonly number: string;
  /** Left out, an order with fewer than 0 units is a return, any other a sale. */
  readonly kind?: OrderKind | undefined;
  readonly placedAt: Date;
  readonly country?: string | null | undefined;
  readonly channel?: string | null | undefined;
  readonly lines: readonly OrderLineInput[];
}

const MAX_LINES = 2000;
/** Bounds that keep the sums of an order exact: 2,000 such lines stay below 2^53 ten-thousandths. */
export const MAX_QUANTITY = 1_000_000;
export const MAX_LINE_AMOUNT = 450_000_000;

/** Finds every value that cannot be used. Who it is about is checked apart. */
export function checkOrders(orders: readonly OrderInput[]): ItemChecks {
  const checks = new ItemChecks();
  orders.forEach((order, index) => {
    checks.add(index, 'source', checkText(order.source, 100));
    checks.add(index, 'number', checkText(order.number, 200));
    if (order.country != null) checks.add(index, 'country', checkText(order.country, 100));
    if (order.channel != null) checks.add(index, 'channel', checkText(order.channel, 100));
    checks.add(index, 'placedAt', checkInstant(order.placedAt));
    if (order.lines.length === 0 || order.lines.length > MAX_LINES) {
      checks.add(index, 'lines', `expected 1 to ${MAX_LINES} lines, got ${order.lines.length}`);
    }
    order.lines.forEach((line, position) => {
      checks.add(index, `lines.${position}.quantity`, checkQuantity(line.quantity));
      checks.add(index, `lines.${position}.unitPrice`, checkAmount(line));
      if ((line.productId === undefined) === (line.sku === undefined)) {
        checks.add(index, `lines.${position}`, 'expected either the id or the sku of the product');
      }
      if (line.productId !== undefined) {
        checks.add(index, `lines.${position}.productId`, checkId(line.productId));
      }
    });
  });
  return checks;
}

/**
 * Finds orders that stand in the list before: only one of the two could replace what is stored.
 * @param personOf a text that two items of one person share
 */
export function checkDifferent(
  orders: readonly OrderInput[],
  personOf: (index: number) => string,
  checks: ItemChecks,
): void {
  const seen = new Map<string, number>();
  orders.forEach(({ source, number }, index) => {
    const key = JSON.stringify([personOf(index), source, number]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else checks.add(index, 'number', `expected each order once, item ${first} is the same order`);
  });
}

export function checkId(id: string): string | null {
  return isUuid(id) ? null : `expected an id, got ${JSON.stringify(id.slice(0, 80))}`;
}

export function checkInstant(at: Date): string | null {
  if (isEventYear(at)) return null;
  return `expected an instant between ${FIRST_EVENT_YEAR} and ${LAST_EVENT_YEAR}`;
}

export function checkQuantity(quantity: number): string | null {
  const message = checkInteger(quantity, -MAX_QUANTITY);
  if (message !== null) return message;
  if (quantity === 0 || quantity > MAX_QUANTITY) {
    return `expected a quantity from 1 to ${MAX_QUANTITY}, or negative for returned units, got ${quantity}`;
  }
  return null;
}

export function checkAmount({
  quantity,
  unitPrice,
}: Pick<OrderLineInput, 'quantity' | 'unitPrice'>): string | null {
  const message = checkDecimal(unitPrice);
  if (message !== null) return message;
  const isInRange =
    Math.abs(quantity * Number(unitPrice)) <= MAX_LINE_AMOUNT && parseMoney(unitPrice) !== null;
  return isInRange ? null : `expected a line of at most ${MAX_LINE_AMOUNT} in all`;
}
