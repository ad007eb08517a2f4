/** The order of an ecommerce event of the Segment specification. Reads no database. */
import type { ProductInput } from '#catalog/service.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { readKey } from '#platform/input/text.ts';
import type { JsonObject } from '#platform/input/json.ts';

import { kindOf } from './kinds.ts';
import { type Message, objectOf } from './message.ts';

/** By the kind of the event. */
export const ORDER_CHANGES: Readonly<Record<string, 'sale' | 'return' | 'cancellation'>> = {
  tracked_order_completed: 'sale',
  tracked_order_refunded: 'return',
  tracked_order_cancelled: 'cancellation',
};

export interface TrackedLine {
  /** Codes the product may have in the catalogue, the likeliest first. */
  readonly codes: readonly string[];
  /** Above 0. */
  readonly quantity: number;
  /** Decimal text. */
  readonly unitPrice: string;
  /** For a product that the catalogue lacks. */
  readonly product: Omit<ProductInput, 'sku'>;
}

export interface TrackedOrder {
  readonly change: 'sale' | 'return' | 'cancellation';
  /** Of the sale. */
  readonly number: string;
  /** Of a return; there may be several of one sale. */
  readonly returnNumber: string;
  /** A return without lines takes the whole sale back. */
  readonly lines: readonly TrackedLine[];
}

const MAX_LINES = 2_000;

/**
 * Null for any other event.
 * @param currency ISO 4217 code of all money
 * @throws {InvalidInputError}
 */
export function toOrder(
  { type, name, properties, messageId }: Message,
  currency: string,
): TrackedOrder | null {
  const change = type === 'track' ? ORDER_CHANGES[kindOf(name!)] : undefined;
  if (change === undefined) return null;
  const number = textOf(properties['order_id'] ?? properties['orderId'] ?? properties['checkout_id']);
  if (number === null) throw new InvalidInputError('properties.order_id', 'expected the number of the order');
  const came = properties['currency'];
  if (typeof came === 'string' && came.toUpperCase() !== currency) {
    throw new InvalidInputError('properties.currency', `expected ${currency}, the currency of this gateway`);
  }
  const products = properties['products'];
  const lines = change === 'cancellation' || !Array.isArray(products) ? [] : products;
  if (lines.length > MAX_LINES || (change === 'sale' && lines.length === 0)) {
    throw new InvalidInputError('properties.products', `expected 1 to ${MAX_LINES} products`);
  }
  const refund = textOf(properties['refund_id']) ?? messageId;
  return {
    change,
    number: readKey('properties.order_id', number, 200),
    returnNumber: `${number} refund ${refund}`.slice(0, 200).trim(),
    lines: lines.map((line: unknown, index) => readLine(line, `properties.products.${index}`)),
  };
}

function readLine(value: unknown, field: string): TrackedLine {
  const line = objectOf(value);
  const codes = line === null ? [] : codesOf(line);
  if (line === null || codes.length === 0) {
    throw new InvalidInputError(field, 'expected a product with `sku` or `product_id`');
  }
  const quantity = Number(line['quantity'] ?? 1);
  const price = Number(line['price']);
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > 1_000_000) {
    throw new InvalidInputError(`${field}.quantity`, 'expected a whole number from 1 to 1,000,000');
  }
  if (!(price >= 0 && price <= 1e8)) {
    throw new InvalidInputError(`${field}.price`, 'expected the price of one unit, 0 to 100,000,000');
  }
  const unitPrice = price.toFixed(4);
  return {
    codes,
    quantity,
    unitPrice,
    product: {
      name: cut(line['name'], 500),
      brand: cut(line['brand'], 200),
      category: cut(line['category'], 500),
      imageUrl: cut(line['image_url'], 2_000),
      price: unitPrice,
    },
  };
}

/** Codes of a product, the likeliest first. */
export function codesOf(product: JsonObject): string[] {
  return [product['sku'], product['product_id'], product['variant']].flatMap((code) => {
    const text = textOf(code);
    return text === null ? [] : [text];
  });
}

function textOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).trim();
  return text === '' || text.length > 200 ? null : text;
}

function cut(value: unknown, maxLength: number): string | undefined {
  return typeof value === 'string' && value.trim() !== ''
    ? value.trim().slice(0, maxLength).toWellFormed()
    : undefined;
}
