/** Change-log entries of written products. */
import type { RecordedChange } from '#changes/record.ts';

import type { ProductRow } from './queries.ts';

/** That it is new, or its new price and stock. */
export function changesOf(product: ProductRow, before: ProductRow | undefined): RecordedChange[] {
  const { price, stock } = product;
  const subject = { customerId: null, subjectId: product.id };
  if (before === undefined) return [{ kind: 'product_created', ...subject, details: { price, stock } }];
  const isPriced = (before.price === null) === (price === null) && Number(before.price) === Number(price);
  return [
    ...(isPriced
      ? []
      : [
          {
            kind: 'product_price_changed',
            ...subject,
            details: { before: before.price, after: price },
          } as const,
        ]),
    ...(before.stock === stock
      ? []
      : [
          {
            kind: 'product_stock_changed',
            ...subject,
            details: { before: before.stock, after: stock },
          } as const,
        ]),
  ];
}
