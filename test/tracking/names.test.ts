import { kindOf } from '#tracking/kinds.ts';
import { expect, test } from 'vitest';

test.each([
  ['Product Viewed', 'product_viewed'],
  ['Product Added', 'added_to_cart'],
  ['Products Searched', 'search'],
  ['signedUp', 'signed_up'],
  ['  Café – geöffnet ', 'cafe_geoffnet'],
  ['Order Updated', 'tracked_order_updated'],
  ['3D Viewed', 'd_viewed'],
  ['Заказ', 'event'],
  ['x'.repeat(100), 'x'.repeat(63)],
])('the event %j is of the kind %s', (name, kind) => {
  expect(kindOf(name)).toBe(kind);
});
