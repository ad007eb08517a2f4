/** Identity of order lines, missing lines, and the kind of an order. Pure. */
import type { TenThousandths } from '#platform/database/binary-copy.ts';

export interface LineRecord {
  readonly productId: string;
  /** Negative for returned units. */
  readonly quantity: number;
  readonly unitPrice: TenThousandths;
  /** Quantity times unit price, or the total of the source, which no price of four decimals may give. */
  readonly amount: TenThousandths;
  readonly placedAtMs: number;
  /** Number of times that the source repeated this exact line, beyond the first. */
  readonly repeatCount: number;
}

/** A line in the database. */
export interface StoredLine extends LineRecord {
  readonly lineNumber: number;
}

interface GrowingOrder {
  readonly stored: readonly StoredLine[];
  /** Lines that the order gains; appended here. */
  readonly added: LineRecord[];
  /** New repeat counts of stored lines, by line number; added here. */
  readonly raised: Map<number, number>;
}

const lineKey = ({ productId, quantity, unitPrice, amount, placedAtMs }: LineRecord): string =>
  `${productId} ${quantity} ${unitPrice} ${amount} ${placedAtMs}`;

/** Unit price of a line with a given total, rounded to a ten-thousandth. */
export function unitPriceOf(total: TenThousandths, quantity: number): TenThousandths {
  return Math.round(total / quantity) || 0;
}

/** Default kind of an order: a return has a negative total, or negative units if the total is 0. */
export function kindOfLines(lines: readonly Pick<LineRecord, 'quantity' | 'amount'>[]): 'sale' | 'return' {
  let total = 0;
  let itemCount = 0;
  for (const { quantity, amount } of lines) {
    total += amount;
    itemCount += quantity;
  }
  return total < 0 || (total === 0 && itemCount < 0) ? 'return' : 'sale';
}

/**
 * Adds the lines that the order lacks: the union of two multisets, with the larger count of each line. Adding the same
 * lines, or some of them, again therefore changes nothing, in any order.
 */
export function addMissingLines(
  order: GrowingOrder,
  lines: readonly LineRecord[],
): { readonly addedLineCount: number; readonly raisedCount: number } {
  const known = new Map<string, (LineRecord | StoredLine)[]>();
  for (const line of [...order.stored, ...order.added]) {
    const key = lineKey(line);
    const same = known.get(key);
    if (same === undefined) known.set(key, [line]);
    else same.push(line);
  }
  const usedByKey = new Map<string, number>();
  let addedLineCount = 0;
  let raisedCount = 0;
  for (const line of lines) {
    const key = lineKey(line);
    const used = usedByKey.get(key) ?? 0;
    usedByKey.set(key, used + 1);
    const same = known.get(key)?.[used];
    if (same === undefined) {
      order.added.push(line);
      addedLineCount += 1;
    } else if (line.repeatCount > same.repeatCount) {
      raisedCount += 1;
      if ('lineNumber' in same) order.raised.set(same.lineNumber, line.repeatCount);
      else order.added[order.added.indexOf(same)] = line;
    }
  }
  return { addedLineCount, raisedCount };
}
