/**
 * Stated preferences: the customer attribute `preferences`, a list of categories, brands or keywords, as products that
 * represent it. Reads no database.
 */
import type { Catalog } from '#catalog/catalog-index.ts';
import { foldPlural } from '#catalog/keywords.ts';

/** Total weight of the products of one preference, relative to a purchase. */
const WEIGHT = 0.5;
const MAX_PREFERENCES = 20;
/** Products that represent a preference: the first available ones of the catalogue. */
const MAX_PRODUCTS = 50;

/** @param attributes of a customer, a JSON object as text */
export function readPreferences(attributes: string): readonly string[] {
  const { preferences: stated } = JSON.parse(attributes) as { readonly preferences?: unknown };
  if (!Array.isArray(stated)) return [];
  return stated.filter((one): one is string => typeof one === 'string').slice(0, MAX_PREFERENCES);
}

/** Weights by product id; a preference without a product has no effect. */
export function weighPreferences(
  catalog: Catalog,
  preferences: readonly string[],
): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const preference of preferences) {
    const ids = findMatches(catalog, preference);
    for (const id of ids) weights.set(id, (weights.get(id) ?? 0) + WEIGHT / Math.sqrt(ids.length));
  }
  return weights;
}

/** Cached with the state of the catalogue: customers state the same few preferences. */
const matches = new WeakMap<Catalog, Map<string, readonly string[]>>();
const MAX_KEPT = 10_000;

function findMatches(catalog: Catalog, preference: string): readonly string[] {
  let known = matches.get(catalog);
  if (known === undefined) matches.set(catalog, (known = new Map()));
  const wanted = preference.trim().toLowerCase();
  let ids = known.get(wanted);
  if (ids === undefined) {
    const keyword = foldPlural(wanted);
    ids = catalog.products
      .filter(
        ({ category, brand, keywords }, position) =>
          catalog.available[position] === 1 &&
          (isUnder(category?.toLowerCase() ?? '', wanted) ||
            brand?.toLowerCase() === wanted ||
            keywords.some((one) => one.keyword === keyword)),
      )
      .slice(0, MAX_PRODUCTS)
      .map(({ id }) => id);
    if (known.size === MAX_KEPT) known.clear();
    known.set(wanted, ids);
  }
  return ids;
}

function isUnder(category: string, wanted: string): boolean {
  return category === wanted || category.startsWith(`${wanted} > `) || category.endsWith(` > ${wanted}`);
}
