import { generateShop } from '#demo/generate-shop.ts';
import type { Shop } from '#demo/shop.ts';
import { beforeAll, expect, test } from 'vitest';

const now = new Date('2026-06-15T12:00:00Z');
const sizes = { customers: 400, products: 66, browsingDays: 90 };

let shop: Shop;
beforeAll(() => {
  shop = generateShop(7, now, sizes);
});

const amountOf = (lines: Shop['orders'][number]['lines']) =>
  lines.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);

test('gives the same shop for the same seed and another for another seed', () => {
  expect(generateShop(7, now, sizes)).toEqual(shop);
  expect(generateShop(8, now, sizes)).not.toEqual(shop);
});

test('makes as many products and people as asked, each product with a name and keywords of its own', () => {
  expect(shop.customers).toHaveLength(400);
  expect(shop.products).toHaveLength(66);
  expect(new Set(shop.products.map(({ name }) => name)).size).toBe(66);
  expect(new Set(shop.products.map(({ sku }) => sku)).size).toBe(66);
  for (const { keywords } of shop.products) {
    expect(keywords.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 3);
  }
  expect(shop.products.some(({ stock }) => stock === 0)).toBe(true);
});

test('gives every order and event a person and products that exist, in the past', () => {
  const crmIds = new Set([...shop.customers, ...shop.repeatedCustomers].map(({ crmId }) => crmId));
  const skus = new Set(shop.products.map(({ sku }) => sku));
  for (const { crmId, lines, placedAt } of shop.orders) {
    expect(crmId === null || crmIds.has(crmId)).toBe(true);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every(({ sku }) => skus.has(sku))).toBe(true);
    expect(placedAt <= now).toBe(true);
  }
  for (const { crmId, sku, occurredAt } of shop.events) {
    expect(crmIds.has(crmId)).toBe(true);
    expect(sku === null || skus.has(sku)).toBe(true);
    expect(occurredAt <= now).toBe(true);
  }
  expect(new Set(shop.orders.map(({ number }) => number)).size).toBe(shop.orders.length);
  expect(new Set(shop.events.map(({ id }) => id)).size).toBe(shop.events.length);
});

test('takes back with a return no more than the sale it names', () => {
  const sales = new Map(shop.orders.map((order) => [order.number, order]));
  const returns = shop.orders.filter(({ kind }) => kind === 'return');

  expect(returns.length).toBeGreaterThan(20);
  for (const { originalNumber, crmId, placedAt, lines } of returns) {
    const sale = sales.get(originalNumber!)!;
    expect(crmId).toBe(sale.crmId);
    expect(placedAt > sale.placedAt).toBe(true);
    expect(amountOf(lines)).toBeLessThan(0);
    expect(-amountOf(lines)).toBeLessThanOrEqual(amountOf(sale.lines));
  }
});

test('sends a message only to somebody whose newest answer before it was yes', () => {
  const byCrmId = new Map(shop.customers.map((customer) => [customer.crmId, customer]));
  const sent = shop.events.filter(({ kind }) => kind === 'message_sent');

  expect(sent.length).toBeGreaterThan(100);
  for (const { crmId, occurredAt, properties } of sent) {
    const answers = byCrmId
      .get(crmId)!
      .consents.filter(({ channel, purpose }) => channel === properties['channel'] && purpose === 'marketing')
      .filter(({ recordedAt }) => recordedAt <= occurredAt);
    expect(answers.at(-1)?.status).toBe('granted');
  }
});

test('has loyal and lost people, repeat purchases, tastes and dirt to find', () => {
  const sales = shop.orders.filter(({ kind, crmId }) => kind === 'sale' && crmId !== null);
  const ordersOf = Map.groupBy(sales, ({ crmId }) => crmId!);
  const counts = [...ordersOf.values()].map((orders) => orders.length);
  const lastOrders = [...ordersOf.values()].map((orders) =>
    Math.max(...orders.map(({ placedAt }) => placedAt.getTime())),
  );
  const daysAgo = (days: number) => now.getTime() - days * 86_400_000;

  expect(counts.filter((count) => count >= 10).length).toBeGreaterThan(40);
  expect(counts.filter((count) => count === 1).length).toBeGreaterThan(80);
  expect(lastOrders.filter((atMs) => atMs < daysAgo(180)).length).toBeGreaterThan(50);
  expect(lastOrders.filter((atMs) => atMs > daysAgo(30)).length).toBeGreaterThan(50);
  expect(shop.orders.some(({ crmId }) => crmId === null)).toBe(true);
  expect(shop.customers.some(({ country }) => country === null)).toBe(true);
  expect(shop.repeatedCustomers.length).toBeGreaterThan(0);

  // A loyal buyer's most bought category holds far more than the share of one shelf in 22.
  const categoryOf = new Map(shop.products.map(({ sku, category }) => [sku, category]));
  const shares = [...ordersOf.values()]
    .filter((orders) => orders.length >= 10)
    .map((orders) => {
      const lines = orders.flatMap(({ lines }) => lines);
      const perCategory = Map.groupBy(lines, ({ sku }) => categoryOf.get(sku));
      return Math.max(...[...perCategory.values()].map((group) => group.length)) / lines.length;
    });
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.25);
});

test('connects people in households of a country, and with somebody there before who brought them', () => {
  const byCrmId = new Map(shop.customers.map((customer) => [customer.crmId, customer]));
  const kinds = Map.groupBy(shop.connections, ({ kind }) => kind);

  expect(kinds.get('household')!.length).toBeGreaterThan(30);
  expect(kinds.get('referral')!.length).toBeGreaterThan(20);
  const pairsOf = (kind: 'household' | 'referral') =>
    kinds
      .get(kind)!
      .map(({ fromCrmId, toCrmId }) => [byCrmId.get(fromCrmId)!, byCrmId.get(toCrmId)!] as const);
  for (const [one, another] of pairsOf('household')) {
    expect(one).not.toBe(another);
    expect(one.country).toBe(another.country);
  }
  for (const [referrer, referred] of pairsOf('referral')) {
    expect(referrer.createdAt < referred.createdAt).toBe(true);
  }
});

test('lets connected people buy a little alike, more than strangers do', () => {
  const { connections, customers, orders, products } = generateShop(7, now, { ...sizes, customers: 1200 });
  const categoryOf = new Map(products.map(({ sku, category }) => [sku, category]));
  const ordersOf = Map.groupBy(orders, ({ crmId }) => crmId);
  const categoriesOf = (crmId: string) =>
    new Set((ordersOf.get(crmId) ?? []).flatMap(({ lines }) => lines.map(({ sku }) => categoryOf.get(sku)!)));
  const meanLikeness = (pairs: readonly (readonly [string, string])[]): number => {
    const cosines = pairs.map(([one, another]) => {
      const [left, right] = [categoriesOf(one), categoriesOf(another)];
      return left.intersection(right).size / Math.sqrt(left.size * right.size || 1);
    });
    return cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
  };

  const connected = meanLikeness(connections.map(({ fromCrmId, toCrmId }) => [fromCrmId, toCrmId]));
  const strangers = meanLikeness(
    connections.flatMap(({ fromCrmId }, index) =>
      [31, 57, 211].map(
        (step) => [fromCrmId, customers[(index * step + step) % customers.length]!.crmId] as const,
      ),
    ),
  );

  expect(connected).toBeGreaterThan(1.1 * strangers);
  expect(connected).toBeLessThan(2 * strangers);
});

test('sells most before Christmas and seeds in spring', () => {
  const categoryOf = new Map(shop.products.map(({ sku, category }) => [sku, category]));
  const linesIn = (months: readonly number[], category?: string) =>
    shop.orders
      .filter(({ placedAt }) => months.includes(placedAt.getUTCMonth()))
      .flatMap(({ lines }) => lines)
      .filter(({ sku }) => category === undefined || categoryOf.get(sku) === category).length;

  expect(linesIn([11])).toBeGreaterThan(1.4 * linesIn([1]));
  expect(linesIn([2, 3, 4], 'Garden > Seeds')).toBeGreaterThan(2 * linesIn([9, 10, 11], 'Garden > Seeds'));
});
