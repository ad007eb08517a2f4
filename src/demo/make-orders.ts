/** Generates two years of orders and returns from the customers' parameters. Writes nothing. */
import type { Random } from '#numeric/random.ts';

import { between, DAY_MS, happens, pick, pickWeighted, poisson } from './chance.ts';
import type { Habit, Shopper } from './make-customers.ts';
import type { ShopLine, ShopOrder, ShopProduct } from './shop.ts';
import { shelves } from './shelves.ts';
import { shopSeason } from './tastes.ts';

const ORDER_DAYS = 730;
const GUEST_SHARE = 0.02;
const OFF_TASTE_SHARE = 0.15;
const LATEST_RETURN_DAYS = 25;

/** Days between two orders of an active customer. */
const gapDays: Readonly<Record<Habit, number>> = {
  loyal: 26,
  regular: 68,
  lapsing: 42,
  oneOff: Infinity,
  new: 24,
  browser: Infinity,
};

/** Products by category, most popular first. */
export type StockedShelves = readonly (readonly ShopProduct[])[];

export function stockShelves(products: readonly ShopProduct[]): StockedShelves {
  return shelves.map(({ category }) => products.filter((product) => product.category === category));
}

export function makeOrders(
  random: Random,
  shoppers: readonly Shopper[],
  stocked: StockedShelves,
  now: Date,
): ShopOrder[] {
  const sales = shoppers.flatMap((shopper) => makeSales(random, shopper, stocked, now));
  const guestSales = Array.from({ length: Math.round(sales.length * GUEST_SHARE) }, () =>
    makeGuestSale(random, stocked, now),
  );
  const numbered = [...sales, ...guestSales]
    .toSorted((one, other) => one.order.placedAt.getTime() - other.order.placedAt.getTime())
    .map(({ order, returnRate }, serial) => ({ order: numberOrder(order, serial), returnRate }));
  const returns = numbered.flatMap(({ order, returnRate }) =>
    happens(random, returnRate) ? makeReturn(random, order, now) : [],
  );
  return [...numbered.map(({ order }) => order), ...returns];
}

function numberOrder(order: ShopOrder, serial: number): ShopOrder {
  return { ...order, number: `N-${10_001 + serial}` };
}

/** A sale without a number: numbers are assigned by time over all customers. */
interface Sale {
  readonly order: ShopOrder;
  readonly returnRate: number;
}

function makeSales(random: Random, shopper: Shopper, stocked: StockedShelves, now: Date): Sale[] {
  const { customer } = shopper;
  const favourites: Favourites = new Map();
  return drawInstants(random, shopper, now).map((placedAt) => ({
    returnRate: shopper.returnRate,
    order: {
      crmId: customer.crmId,
      number: '',
      kind: 'sale',
      originalNumber: null,
      placedAt,
      country: customer.country,
      channel: pick(random, ['web', 'web', 'web', 'app', 'store'] as const),
      lines: fillBasket(random, shopper, stocked, placedAt, favourites),
    },
  }));
}

/** Times of a customer's orders, ascending: by habit, more in the high season. */
function drawInstants(random: Random, shopper: Shopper, now: Date): Date[] {
  const start = Math.max(shopper.customer.createdAt.getTime(), now.getTime() - ORDER_DAYS * DAY_MS);
  const end = Math.max(start, (shopper.stoppedAt ?? now).getTime());
  const gap = gapDays[shopper.habit];
  const count = shopper.habit === 'oneOff' ? 1 : Math.min(60, poisson(random, (end - start) / DAY_MS / gap));
  const highest = Math.max(...shopSeason);
  const instants: Date[] = [];
  while (instants.length < count) {
    const atMs = between(random, start, end);
    const season = shopSeason[new Date(atMs).getUTCMonth()]!;
    if (happens(random, season / highest)) instants.push(new Date(toUsualTime(random, shopper, atMs, end)));
  }
  return instants.toSorted((one, other) => one.getTime() - other.getTime());
}

/** The customer's usual hour and, often, weekday; the drawn instant itself where that would leave the window. */
function toUsualTime(random: Random, { hour, weekday }: Shopper, atMs: number, latestMs: number): number {
  const instant = new Date(Math.floor(atMs));
  if (happens(random, 0.4)) {
    instant.setUTCDate(instant.getUTCDate() + ((weekday - instant.getUTCDay() + 7) % 7));
  }
  instant.setUTCHours(Math.min(23, Math.max(0, Math.round(hour + 1.5 * random.normal()))));
  return instant.getTime() < latestMs && instant.getTime() > atMs ? instant.getTime() : Math.floor(atMs);
}

/** By category: products that a customer consumes and buys again. */
type Favourites = Map<number, { readonly product: ShopProduct; lastBoughtAt: number }>;

function fillBasket(
  random: Random,
  { taste }: Shopper,
  stocked: StockedShelves,
  placedAt: Date,
  favourites: Favourites,
): ShopLine[] {
  const basket = new Map<string, ShopLine>();
  const put = (product: ShopProduct, quantity: number) =>
    basket.set(product.sku, {
      sku: product.sku,
      quantity,
      unitPriceMinor: priceAt(random, product, placedAt),
    });

  // Consumed products come first: a rebuy list should find them.
  for (const [shelf, favourite] of favourites) {
    const { lastsDays, season } = shelves[shelf]!;
    const ageDays = (placedAt.getTime() - favourite.lastBoughtAt) / DAY_MS;
    const isWanted = happens(random, 0.6 * Math.min(1, season[placedAt.getUTCMonth()]!));
    if (ageDays < 0.7 * lastsDays! || !isWanted) continue;
    put(favourite.product, 1 + random.integer(2));
    favourite.lastBoughtAt = placedAt.getTime();
  }
  const wanted = (basket.size === 0 ? 1 : 0) + poisson(random, 1.6);
  const weights = shelfWeights(random, taste, placedAt);
  for (let count = 0; count < wanted; count += 1) {
    const shelf = pickWeighted(random, weights);
    const product = favourites.get(shelf)?.product ?? drawProduct(random, stocked[shelf]!);
    const isConsumed = shelves[shelf]!.lastsDays !== null;
    if (isConsumed && taste.has(product.category))
      favourites.set(shelf, { product, lastBoughtAt: placedAt.getTime() });
    put(product, isConsumed ? 1 + random.integer(3) : pick(random, [1, 1, 1, 2, 4]));
  }
  return [...basket.values()];
}

function shelfWeights(random: Random, taste: ReadonlyMap<string, number>, at: Date): number[] {
  const isOffTaste = happens(random, OFF_TASTE_SHARE);
  return shelves.map(({ category, season }) => {
    const liking = isOffTaste ? 1 : (taste.get(category) ?? 0.03);
    return liking * season[at.getUTCMonth()]!;
  });
}

/** Demand falls with the rank in the category (Zipf's law, exponent 0.8). */
export function drawProduct(random: Random, products: readonly ShopProduct[]): ShopProduct {
  const weights = products.map((_, rank) => (rank + 1) ** -0.8);
  return products[pickWeighted(random, weights)]!;
}

/** A discount of a fifth for some products in January and in the last week of November. */
function priceAt(random: Random, { priceMinor }: ShopProduct, at: Date): number {
  const isSale = at.getUTCMonth() === 0 || (at.getUTCMonth() === 10 && at.getUTCDate() >= 23);
  return isSale && happens(random, 0.3) ? Math.round(priceMinor * 0.8) : priceMinor;
}

function makeGuestSale(random: Random, stocked: StockedShelves, now: Date): Sale {
  const product = drawProduct(random, stocked[random.integer(stocked.length)]!);
  return {
    returnRate: 0,
    order: {
      crmId: null,
      number: '',
      kind: 'sale',
      originalNumber: null,
      placedAt: new Date(Math.floor(between(random, now.getTime() - ORDER_DAYS * DAY_MS, now.getTime()))),
      country: 'GB',
      channel: 'store',
      lines: [{ sku: product.sku, quantity: 1 + random.integer(2), unitPriceMinor: product.priceMinor }],
    },
  };
}

function makeReturn(random: Random, sale: ShopOrder, now: Date): ShopOrder[] {
  const placedAt = new Date(
    sale.placedAt.getTime() + Math.floor(between(random, 3, LATEST_RETURN_DAYS) * DAY_MS),
  );
  if (placedAt > now) return [];
  const returned = sale.lines.filter(() => happens(random, 0.6));
  if (returned.length === 0) return [];
  return [
    {
      ...sale,
      number: sale.number.replace('N-', 'R-'),
      kind: 'return',
      originalNumber: sale.number,
      placedAt,
      lines: returned.map((line) => takeBack(random, line)),
    },
  ];
}

/** All units mostly, else some. */
function takeBack(random: Random, line: ShopLine): ShopLine {
  return { ...line, quantity: -(happens(random, 0.8) ? line.quantity : 1 + random.integer(line.quantity)) };
}
