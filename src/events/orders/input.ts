/** Validation and normalisation of order input. */
import type { TenThousandths } from '#platform/database/binary-copy.ts';
import { isUuid } from '#platform/ids.ts';
import { readCountry } from '#platform/input/countries.ts';
import { checkPast } from '#platform/input/instants.ts';
import { ItemChecks, type ReadItems } from '#platform/input/item-checks.ts';
import { checkDecimal, checkInteger } from '#platform/input/numbers.ts';
import { quote } from '#platform/input/text.ts';

import type { AboutPerson } from '../batch-customers.ts';
import { parseMoney } from '../money.ts';
import { unitPriceOf } from './lines.ts';
import type { OrderKind } from './writer.ts';
import { FIRST_EVENT_YEAR, isEventYear, LAST_EVENT_YEAR } from '../partitions.ts';

export interface OrderLineInput {
  /** The product, by one of these. */
  readonly productId?: string | undefined;
  readonly sku?: string | undefined;
  /** Negative for returned units; not 0. */
  readonly quantity: number;
  /** Decimal text, per unit. This or the total is required. */
  readonly unitPrice?: string | null | undefined;
  /** Decimal text, of the complete line: stored exactly, and the unit price is derived from it. */
  readonly total?: string | null | undefined;
}

/** Without a customer, it is a guest's sale. */
export interface OrderInput extends AboutPerson {
  /** System that issued the number. */
  readonly source: string;
  readonly number: string;
  /** By default an order whose lines sum up to less than 0 is a return, any other a sale. */
  readonly kind?: OrderKind | undefined;
  readonly placedAt: Date;
  readonly country?: string | null | undefined;
  readonly channel?: string | null | undefined;
  readonly lines: readonly OrderLineInput[];
}

const MAX_LINES = 2000;
/** Limits that keep the sums of an order exact: 2,000 such lines stay below 2^53 ten-thousandths. */
export const MAX_QUANTITY = 1_000_000;
export const MAX_LINE_AMOUNT = 450_000_000;

/**
 * The normalised orders, and every invalid value. Customers are checked separately.
 * @param now upper bound of their times
 */
export function readOrders(orders: readonly OrderInput[], now: Date): ReadItems<OrderInput> {
  const checks = new ItemChecks();
  const items = orders.map((order, index): OrderInput => {
    const { country, lines } = order;
    const read = {
      ...order,
      source: checks.key(index, 'source', order.source, 100),
      number: checks.key(index, 'number', order.number, 200),
      country: country == null ? null : checks.read(index, () => readCountry('country', country), country),
      channel: checks.key(index, 'channel', order.channel, 100),
    };
    checks.add(index, 'placedAt', checkInstant(order.placedAt, now));
    if (lines.length === 0 || lines.length > MAX_LINES) {
      checks.add(index, 'lines', `expected 1 to ${MAX_LINES} lines, got ${lines.length}`);
    }
    return { ...read, lines: lines.map((line, position) => readLine(line, index, position, checks)) };
  });
  return { items, checks };
}

function readLine(line: OrderLineInput, index: number, position: number, checks: ItemChecks): OrderLineInput {
  const field = `lines.${position}`;
  checks.add(index, `${field}.quantity`, checkQuantity(line.quantity));
  checks.add(index, `${field}.${line.total == null ? 'unitPrice' : 'total'}`, checkAmount(line));
  if ((line.productId === undefined) === (line.sku === undefined)) {
    checks.add(index, field, 'expected either the id or the sku of the product');
  }
  if (line.productId !== undefined) checks.add(index, `${field}.productId`, checkId(line.productId));
  return { ...line, sku: checks.key(index, `${field}.sku`, line.sku, 200) };
}

/**
 * Finds orders that occur earlier in the list: only one of the two could replace what is stored.
 * @param personOf a text that is equal for items of one customer
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
  return isUuid(id) ? null : `expected an id, got ${quote(id)}`;
}

/**
 * Why the time of an order or event is invalid, or null. A time slightly ahead of `now` stays unchanged, because it is
 * part of the identity of the row.
 */
export function checkInstant(at: Date, now: Date): string | null {
  if (!isEventYear(at)) return `expected an instant between ${FIRST_EVENT_YEAR} and ${LAST_EVENT_YEAR}`;
  return checkPast(at.getTime(), now);
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
  total,
}: Pick<OrderLineInput, 'quantity' | 'unitPrice' | 'total'>): string | null {
  const amount = total ?? unitPrice;
  if (amount == null) return 'expected the price of one unit, or the total of the line';
  const message = checkDecimal(amount);
  if (message !== null) return message;
  const lineTotal = total == null ? quantity * Number(amount) : Number(amount);
  if (Math.abs(lineTotal) > MAX_LINE_AMOUNT || parseMoney(amount) === null) {
    return `expected a line of at most ${MAX_LINE_AMOUNT} in all`;
  }
  // Returned units with a positive amount: one of the two signs is wrong.
  return quantity < 0 && lineTotal > 0
    ? 'expected an amount that is given back, as the quantity is negative: one of the two is below 0 in a refund, not both'
    : null;
}

/** The money of a validated line. */
export function readAmounts({ quantity, unitPrice, total }: OrderLineInput): {
  readonly unitPrice: TenThousandths;
  readonly amount: TenThousandths;
} {
  const price = unitPrice == null ? null : parseMoney(unitPrice);
  const amount = total == null ? quantity * price! : parseMoney(total)!;
  return { unitPrice: price ?? unitPriceOf(amount, quantity), amount };
}
