/** Which orders and order lines count: the only definition of a sale, a return and a purchased line. */
import type { OrderKind } from './writer.ts';

/** SQL condition on an order, by the alias of its table. A cancelled order is not a sale. */
export function isSale(orders: string): string {
  return `${orders}.kind = 'sale' and ${orders}.cancelled_at is null`;
}

/** SQL condition on an order: a return. */
export function isReturn(orders: string): string {
  return `${orders}.kind = 'return' and ${orders}.cancelled_at is null`;
}

/** SQL condition on an order: sales and returns, which make up the revenue of a customer. */
export function isSaleOrReturn(orders: string): string {
  return `${orders}.kind in ('sale', 'return') and ${orders}.cancelled_at is null`;
}

/**
 * SQL condition on an order line: units bought (above 0) or returned (below 0). The line of an adjustment or of a
 * cancelled order is neither. Stored with the line, so that reads of a history need not join the orders.
 */
export function isCountedLine(lines: string): string {
  return `${lines}.is_counted`;
}

/** The value of `order_lines.is_counted`. */
export function areLinesCounted(order: { readonly kind: OrderKind; readonly isCancelled: boolean }): boolean {
  return order.kind !== 'adjustment' && !order.isCancelled;
}
