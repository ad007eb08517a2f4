/** Derives keywords of a product from its own words. Pure. */

export interface Keyword {
  readonly keyword: string;
  /** Share of the product's description, 0 to 1; the weights of one product add up to 1. */
  readonly weight: number;
}

/** Fields with words. A word of the name has more weight than one in the description. */
export interface DescribedProduct {
  readonly name: string;
  readonly description: string | null;
  readonly brand: string | null;
  readonly category: string | null;
}

const FIELD_WEIGHTS = { name: 3, category: 2, brand: 2, description: 1 } as const;
const MAX_KEYWORDS = 12;
const MIN_LENGTH = 3;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const STOP_WORDS = new Set(
  words(`
    a about above after all also an and any are as at be been but by can each every few for from get has have her his
    how if in into is it its just like made make many more most new no nor not of off on one only or other our out over
    own per perfect same she so some such than that the their them then there these they this those through to too
    under until up us use used very was we were what when which while who will with without you your
    assorted asst design great ideal item large medium mini mixed product small style type
  `),
);

const UNITS = new Set(
  words(`
    cm mm km metre meter inch inches foot feet yard yards ml cl litre liter ltr oz ounce ounces lb lbs pound pounds
    gram grams kg mg watt watts volt volts pack packs pcs piece pieces pair pairs set sets box pkt pkts doz dozen unit
    units
  `),
);

// A letter first: "12cm", "500ml" and "2011" are measures or numbers, not descriptions.
const TOKEN = /\p{L}[\p{L}\p{N}]*(?:['’]\p{L}+)?|\p{N}+\p{L}*/gu;

/** Folds English plurals: `candles` and `candle`, `cherries` and `cherry`, `boxes` and `box` are one keyword. */
export function foldPlural(word: string): string {
  if (word.length <= 3 || /(?:ss|us|is|'s|’s)$/.test(word)) return word.replace(/['’]s$/, '');
  if (/[^aeiou]ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:sses|shes|ches|xes|zes)$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/** Distinct folded words of a text that can be keywords, in order of appearance, with repeats. */
export function tokenize(text: string): string[] {
  const found: string[] = [];
  for (const [raw] of text.toLowerCase().matchAll(TOKEN)) {
    if (/^\p{N}/u.test(raw) || STOP_WORDS.has(raw) || UNITS.has(raw)) continue;
    const word = foldPlural(raw);
    if (word.length >= MIN_LENGTH && !STOP_WORDS.has(word) && !UNITS.has(word)) found.push(word);
  }
  return found;
}

/**
 * The product's strongest words: weight of a word = the field weights of its occurrences over the sum of those
 * selected.
 */
export function extractKeywords(product: DescribedProduct): Keyword[] {
  const weights = new Map<string, number>();
  for (const [field, weight] of Object.entries(FIELD_WEIGHTS)) {
    for (const word of tokenize(product[field as keyof DescribedProduct] ?? '')) {
      weights.set(word, (weights.get(word) ?? 0) + weight);
    }
  }
  return normalizeKeywords([...weights].map(([keyword, weight]) => ({ keyword, weight })));
}

/** Largest weight first, at most twelve, weights scaled to sum 1 and rounded to the precision of the table. */
export function normalizeKeywords(keywords: readonly Keyword[]): Keyword[] {
  const kept = keywords
    .toSorted((a, b) => b.weight - a.weight || (a.keyword < b.keyword ? -1 : 1))
    .slice(0, MAX_KEYWORDS);
  const sum = kept.reduce((total, { weight }) => total + weight, 0);
  return kept.map(({ keyword, weight }) => ({ keyword, weight: roundWeight(weight / sum) }));
}

// Four decimals are exact in the table's single precision, so that an unchanged product compares equal.
const roundWeight = (weight: number): number => Math.round(weight * 10_000) / 10_000;
