/** Generates the demo's catalogue from its categories. Writes nothing. */
import { type Random, shuffle } from '#numeric/random.ts';

import { between, happens, pick } from './chance.ts';
import type { ShopProduct } from './shop.ts';
import { type Shelf, shelves } from './shelves.ts';

const STOCK_EMPTY_SHARE = 0.06;
const STOCK_UNCOUNTED_SHARE = 0.08;

export function makeProducts(random: Random, count: number): ShopProduct[] {
  return shelves.flatMap((shelf, index) => {
    const shelfSize = Math.floor((count + shelves.length - 1 - index) / shelves.length);
    return fillShelf(random, shelf, shelfSize);
  });
}

function fillShelf(random: Random, shelf: Shelf, size: number): ShopProduct[] {
  const combinations = Array.from({ length: shelf.things.length * shelf.kinds.length }, (_, index) => index);
  shuffle(combinations, random);
  return combinations.slice(0, size).map((combination, serial) => {
    const [thing, priceMinor] = shelf.things[combination % shelf.things.length]!;
    const kind = shelf.kinds[Math.floor(combination / shelf.things.length)]!;
    const brand = pick(random, shelf.brands);
    const name = `${kind} ${thing}`;
    return {
      sku: `${skuPrefix(shelf.category)}-${String(serial + 1).padStart(3, '0')}`,
      name,
      description: `${name} by ${brand}, for ${shelf.keywords.join(', ')}.`,
      brand,
      category: shelf.category,
      priceMinor: roundPrice(priceMinor * between(random, 0.85, 1.3)),
      stock: drawStock(random),
      keywords: weighKeywords(shelf, thing, kind),
    };
  });
}

/** `Pets > Dog food` is DOGF: letters of the leaf, which are unique. */
function skuPrefix(category: string): string {
  return category.split(' > ')[1]!.replaceAll(/\W/g, '').slice(0, 4).toUpperCase();
}

/** Shop prices end in 5 or 0. */
function roundPrice(minor: number): number {
  return Math.max(5, Math.round(minor / 5) * 5);
}

function drawStock(random: Random): number | null {
  const draw = random.uniform();
  if (draw < STOCK_EMPTY_SHARE) return 0;
  if (draw < STOCK_EMPTY_SHARE + STOCK_UNCOUNTED_SHARE) return null;
  return happens(random, 0.2) ? 1 + random.integer(8) : 10 + random.integer(390);
}

/** The noun has more weight than the kind, and the category's words the least. */
function weighKeywords(shelf: Shelf, thing: string, kind: string): ShopProduct['keywords'] {
  const weights = new Map<string, number>();
  const add = (keyword: string, weight: number) => weights.set(keyword, (weights.get(keyword) ?? 0) + weight);
  add(thing.replace(/,.*| \d.*| A5/, ''), 0.4);
  add(kind.toLowerCase(), 0.3);
  for (const keyword of shelf.keywords) add(keyword, 0.3 / shelf.keywords.length);
  return [...weights].map(([keyword, weight]) => ({ keyword, weight: Number(weight.toFixed(4)) }));
}
