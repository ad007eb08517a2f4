import { createIdIndex, packIds } from '#recommendations/histories/id-index.ts';
import { unpackPurchases } from '#recommendations/histories/purchases.ts';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

interface Line {
  readonly product: number;
  readonly at: string;
  readonly quantity: number;
}

const PRODUCT_IDS = Array.from({ length: 5 }, (_, index) => `00000000-0000-7000-8000-00000000000${index}`);
/** The last product is a service: no model knows it. */
const items = createIdIndex(packIds(PRODUCT_IDS.slice(0, 4)));

/** As the database sends them. */
function pack(lines: readonly Line[]) {
  const placedAt = Buffer.alloc(lines.length * 8);
  const quantities = Buffer.alloc(lines.length * 4);
  lines.forEach(({ at, quantity }, line) => {
    placedAt.writeBigInt64BE(BigInt(Date.parse(at) - Date.UTC(2000, 0, 1)) * 1000n, line * 8);
    quantities.writeInt32BE(quantity, line * 4);
  });
  return {
    customerId: '',
    productIds: packIds(lines.map(({ product }) => PRODUCT_IDS[product]!)),
    placedAt,
    quantities,
  };
}

function read(lines: readonly Line[]) {
  const { history, known, beforeLastAt } = unpackPurchases(pack(lines), items);
  return {
    items: [...history.itemIndices],
    days: [...history.daysBought],
    first: [...history.firstAt].map((time) => new Date(time).toISOString()),
    last: [...history.lastAt].map((time) => new Date(time).toISOString()),
    beforeLast: Array.from(beforeLastAt, (time) =>
      Number.isNaN(time) ? null : new Date(time).toISOString(),
    ),
    dayCount: history.dayCount,
    known: [...PRODUCT_IDS.keys()].filter((item) => known.has(item)),
  };
}

describe('a history out of order lines', () => {
  test('counts a day once, however many lines and orders it has', () => {
    const history = read([
      { product: 1, at: '2026-03-02T09:30:00.000Z', quantity: 2 },
      { product: 1, at: '2026-03-02T23:59:00.000Z', quantity: 1 },
      { product: 1, at: '2026-03-03T00:00:00.000Z', quantity: 1 },
      { product: 0, at: '1999-12-31T12:00:00.000Z', quantity: 1 },
    ]);

    expect(history).toMatchObject({ items: [0, 1], days: [1, 2], dayCount: 3 });
    expect(history.first).toEqual(['1999-12-31T12:00:00.000Z', '2026-03-02T09:30:00.000Z']);
    expect(history.last).toEqual(['1999-12-31T12:00:00.000Z', '2026-03-03T00:00:00.000Z']);
    expect(history.beforeLast).toEqual([null, '2026-03-02T23:59:00.000Z']);
  });

  test('takes a product that came back whole for known and not for bought', () => {
    const history = read([
      { product: 2, at: '2026-03-04T10:00:00.000Z', quantity: -3 },
      { product: 2, at: '2026-03-02T10:00:00.000Z', quantity: 3 },
      { product: 3, at: '2026-03-02T10:00:00.000Z', quantity: 3 },
      { product: 3, at: '2026-03-05T10:00:00.000Z', quantity: -1 },
    ]);

    expect(history).toMatchObject({ items: [3], days: [1], dayCount: 1, known: [2, 3] });
  });

  test('leaves out services', () => {
    expect(read([{ product: 4, at: '2026-03-02T10:00:00.000Z', quantity: 1 }])).toMatchObject({
      items: [],
      dayCount: 0,
      known: [],
    });
  });

  test('is empty without lines', () => {
    expect(unpackPurchases(null, items).history.itemIndices).toHaveLength(0);
  });

  test('does not depend on the order of the lines', () => {
    const line = fc.record({
      product: fc.nat(4),
      at: fc.integer({ min: 0, max: 72 }).map((hour) => new Date(Date.UTC(2026, 1, 1, hour)).toISOString()),
      quantity: fc.integer({ min: -3, max: 3 }),
    });
    fc.assert(
      // Long enough for either way of sorting.
      fc.property(fc.array(line, { maxLength: 150, size: 'max' }), (lines) => {
        expect(read(lines.toReversed())).toEqual(read(lines));
      }),
    );
  });
});
