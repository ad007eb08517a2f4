/** A product of the Online Retail file: its name, kind and price from its rows. Reads no database. */
import { InvalidInputError } from '#platform/errors.ts';
import { readText } from '#platform/input/text.ts';

import type { Row } from './columns.ts';
import { DESCRIPTION, MAX_DESCRIPTION } from './online-retail-row.ts';
import type { OrderRow, ProductOfFile } from './order-batch.ts';
import type { ProductState } from './product-state.ts';
import { detach, isNothingInText } from './values.ts';

const STARTS_WITH_FIVE_DIGITS = /^\d{5}/;

/** Empty where there is none, null where it is invalid. */
function toDescription(text: string): string | null {
  try {
    return isNothingInText(text.trim()) ? '' : readText('Description', text, MAX_DESCRIPTION);
  } catch (error) {
    if (error instanceof InvalidInputError) return null;
    throw error;
  }
}

/** State of a product after the rows so far. */
export class Product implements ProductOfFile {
  readonly sku: string;
  readonly kind: 'product' | 'service';
  /** Empty until it is written. */
  id: string;
  name: string;
  /** A description beside a price names the product; one without is often a clerk's note, such as `damaged`. */
  nameRank: 'sku' | 'note' | 'priced';
  /** Of its latest sale, the highest of that minute: the list price rather than a rebate. */
  lastPrice: number;
  lastSoldAtMs: number;
  lastLine: ProductOfFile['lastLine'];
  /** Its last description, original and trimmed: rows share it instead of storing copies. */
  remark = '';
  description = '';

  constructor(sku: string, standing: ProductState | null) {
    this.sku = sku;
    this.kind = STARTS_WITH_FIVE_DIGITS.test(sku) ? 'product' : 'service';
    this.id = standing?.id ?? '';
    this.lastLine = undefined;
    this.name = standing?.name ?? sku;
    this.nameRank = this.name === sku ? 'sku' : standing?.wasPriced ? 'priced' : 'note';
    this.lastPrice = standing?.lastPrice ?? 0;
    this.lastSoldAtMs = standing?.lastSoldAtMs ?? Number.NEGATIVE_INFINITY;
  }

  /** @returns false where the description is invalid. */
  describe(row: Row): boolean {
    if (row.holds(DESCRIPTION, this.remark)) return true;
    const remark = detach(row.value(DESCRIPTION));
    const description = toDescription(remark);
    if (description === null) return false;
    this.remark = remark;
    this.description = description;
    return true;
  }

  /** @returns whether it must be written. */
  observe({
    quantity,
    unitPrice,
    placedAtMs,
  }: Pick<OrderRow, 'quantity' | 'unitPrice' | 'placedAtMs'>): boolean {
    if (quantity > 0 && unitPrice > 0 && placedAtMs >= this.lastSoldAtMs) {
      if (placedAtMs > this.lastSoldAtMs || unitPrice > this.lastPrice) this.lastPrice = unitPrice;
      this.lastSoldAtMs = placedAtMs;
    }
    const { description } = this;
    if (this.nameRank === 'priced' || description === '') return this.id === '';
    const rank = unitPrice > 0 ? 'priced' : 'note';
    if (this.nameRank === 'note' && rank === 'note') return this.id === '';
    const isRenamed = this.name !== description;
    this.name = description;
    this.nameRank = rank;
    return isRenamed || this.id === '';
  }
}
