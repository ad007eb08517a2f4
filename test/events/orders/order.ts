/** Orders to be written, each with a number of its own. */
import type { OrderInput } from '#events/orders/input.ts';

import { day } from '../seed.ts';

let lastNumber = 0;
export function order(
  customerId: string | null,
  lines: readonly [string, number][],
  on = '2026-03-01',
): OrderInput {
  lastNumber += 1;
  return {
    customerId,
    source: 'test',
    number: String(lastNumber),
    placedAt: day(on),
    lines: lines.map(([sku, quantity]) => ({ sku, quantity, unitPrice: '2.55' })),
  };
}
