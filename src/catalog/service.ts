/** Writes and rules of the catalogue: the only code that inserts into `products`. */
import { recordChanges } from '#changes/record.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { createId } from '#platform/ids.ts';
import { ItemChecks, type ReadItems } from '#platform/input/item-checks.ts';
import type { ItemResult, OnError } from '#platform/input/item-errors.ts';
import { checkDecimal, checkInteger } from '#platform/input/numbers.ts';
import { readJsonObject } from '#platform/input/json.ts';

import { announceChange, catalogIndex } from './catalog-index.ts';
import { changesOf } from './change-entries.ts';
import { extractKeywords, type Keyword, normalizeKeywords } from './keywords.ts';
import { lockProductsBySku, type ProductRow } from './queries.ts';

/** A product. A field left out keeps its value; null clears it. */
export interface ProductInput {
  readonly sku: string;
  /** A new product without a name is named by its sku. */
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly brand?: string | null | undefined;
  readonly category?: string | null | undefined;
  readonly kind?: 'product' | 'service' | undefined;
  /** Decimal text. */
  readonly price?: string | null | undefined;
  readonly stock?: number | null | undefined;
  readonly imageUrl?: string | null | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** By default derived from the product's own words, and updated with them until some are given. */
  readonly keywords?: readonly Keyword[] | undefined;
  readonly isArchived?: boolean | undefined;
}

export interface ProductOutcome {
  readonly productId: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

const CHUNK_SIZE = 1000;
const MAX_ATTRIBUTES_BYTES = 65_536;

/**
 * Creates or updates products by sku, all or none, with a number of statements that grows only with every thousand.
 * Idempotent.
 * @param options.tx the caller's transaction: it then calls `catalogIndex(app).refresh` after its commit
 * @throws {InvalidItemsError}
 */
export async function upsertProducts(
  app: App,
  inputs: readonly ProductInput[],
  options: { readonly tx?: Database } = {},
): Promise<readonly ProductOutcome[]> {
  const { items, checks } = readProducts(inputs);
  checks.throwIfAny();
  return writeProductList(app, items, options);
}

/**
 * As `upsertProducts`, with an outcome for each product.
 * @throws {InvalidItemsError} some are invalid, and none is to be skipped.
 */
export async function upsertProductsEach(
  app: App,
  inputs: readonly ProductInput[],
  onError: OnError,
): Promise<readonly ItemResult<ProductOutcome>[]> {
  const { items, checks } = readProducts(inputs);
  const usable = checks.usable(items.length, onError).map((index) => items[index]!);
  return checks.results(inputs.length, usable.length === 0 ? [] : await writeProductList(app, usable, {}));
}

async function writeProductList(
  app: App,
  inputs: readonly ProductInput[],
  options: { readonly tx?: Database },
): Promise<readonly ProductOutcome[]> {
  const now = app.clock();
  async function write(transaction: Database): Promise<ProductOutcome[]> {
    const outcomes: ProductOutcome[] = [];
    for (let start = 0; start < inputs.length; start += CHUNK_SIZE) {
      outcomes.push(...(await writeChunk(transaction, inputs.slice(start, start + CHUNK_SIZE), now)));
    }
    if (outcomes.some(({ outcome }) => outcome !== 'unchanged')) await announceChange(transaction, now);
    return outcomes;
  }
  if (options.tx !== undefined) return write(options.tx);
  const outcomes = await app.db.transaction(write);
  await catalogIndex(app).refresh(now);
  return outcomes;
}

/** The normalised products, and every invalid value. */
export function readProducts(inputs: readonly ProductInput[]): ReadItems<ProductInput> {
  const checks = new ItemChecks();
  const items = inputs.map((input, index): ProductInput => {
    const { price, stock, attributes, keywords } = input;
    const product = {
      ...input,
      sku: checks.key(index, 'sku', input.sku, 200),
      name: checks.text(index, 'name', input.name, 500),
      description: checks.text(index, 'description', input.description, 20_000),
      brand: checks.key(index, 'brand', input.brand, 200),
      category: checks.key(index, 'category', input.category, 500),
      imageUrl: checks.key(index, 'imageUrl', input.imageUrl, 2_000),
    };
    if (price != null) checks.add(index, 'price', checkPrice(price));
    if (stock != null) checks.add(index, 'stock', checkInteger(stock, 0));
    return {
      ...product,
      attributes:
        attributes === undefined
          ? undefined
          : checks.read(index, () => readJsonObject('attributes', attributes, MAX_ATTRIBUTES_BYTES), {}),
      keywords: keywords?.map(({ keyword, weight }, position) => {
        const field = `keywords.${position}`;
        if (!(weight > 0 && weight <= 1e6)) {
          checks.add(index, `${field}.weight`, `expected a weight above 0, got ${weight}`);
        }
        return { keyword: checks.key(index, `${field}.keyword`, keyword, 100), weight };
      }),
    };
  });
  return { items, checks };
}

function checkPrice(price: string): string | null {
  return checkDecimal(price) ?? (price.startsWith('-') ? `expected no negative price, got ${price}` : null);
}

async function writeChunk(
  db: Database,
  inputs: readonly ProductInput[],
  now: Date,
): Promise<ProductOutcome[]> {
  const before = await lockProductsBySku(db, [...new Set(inputs.map(({ sku }) => sku))]);
  const stored = new Map(before.map((product) => [product.sku, product]));
  const products = new Map(stored);
  const changed = new Map<string, ProductRow>();
  const outcomes = inputs.map((input) => {
    const known = products.get(input.sku);
    const next = applyInput(known, input, now);
    if (known !== undefined && isSame(known, next)) return 'unchanged';
    products.set(next.sku, next);
    changed.set(next.sku, next);
    return known === undefined ? 'created' : 'updated';
  });
  const idBySku = await writeProducts(db, [...changed.values()], stored);
  const told = [...changed.values()].flatMap((product) =>
    changesOf({ ...product, id: idBySku.get(product.sku)! }, stored.get(product.sku)),
  );
  await recordChanges(db, told, now);
  return inputs.map(({ sku }, position) => ({
    productId: idBySku.get(sku) ?? products.get(sku)!.id,
    outcome: outcomes[position]!,
  }));
}

function applyInput(known: ProductRow | undefined, input: ProductInput, now: Date): ProductRow {
  const base: Omit<ProductRow, 'keywords'> = {
    id: known?.id ?? createId(now.getTime()),
    sku: input.sku,
    name: input.name ?? known?.name ?? input.sku,
    description: keep(input.description, known?.description),
    brand: keep(input.brand, known?.brand),
    category: keep(input.category, known?.category),
    kind: input.kind ?? known?.kind ?? 'product',
    price: keep(input.price, known?.price),
    stock: keep(input.stock, known?.stock),
    imageUrl: keep(input.imageUrl, known?.imageUrl),
    attributes: input.attributes ?? known?.attributes ?? {},
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
    archivedAt: input.isArchived === undefined ? (known?.archivedAt ?? null) : input.isArchived ? now : null,
  };
  return { ...base, keywords: chooseKeywords(base, input.keywords, known) };
}

function keep<T>(given: T | null | undefined, known: T | null | undefined): T | null {
  return given === undefined ? (known ?? null) : given;
}

/** Keywords that equal those derived from the old words were never set manually, so they are derived again. */
function chooseKeywords(
  next: Omit<ProductRow, 'keywords'>,
  given: readonly Keyword[] | undefined,
  known: ProductRow | undefined,
): readonly Keyword[] {
  if (given !== undefined) return normalizeKeywords(given);
  const areGiven = known !== undefined && !areSameKeywords(known.keywords, extractKeywords(known));
  return areGiven ? known.keywords : extractKeywords(next);
}

function isSame(a: ProductRow, b: ProductRow): boolean {
  return (
    a.name === b.name &&
    a.description === b.description &&
    a.brand === b.brand &&
    a.category === b.category &&
    a.kind === b.kind &&
    a.stock === b.stock &&
    a.imageUrl === b.imageUrl &&
    (a.price === null) === (b.price === null) &&
    Number(a.price) === Number(b.price) &&
    (a.archivedAt === null) === (b.archivedAt === null) &&
    JSON.stringify(sortKeys(a.attributes)) === JSON.stringify(sortKeys(b.attributes)) &&
    areSameKeywords(a.keywords, b.keywords)
  );
}

function areSameKeywords(a: readonly Keyword[], b: readonly Keyword[]): boolean {
  const weights = new Map(a.map(({ keyword, weight }) => [keyword, weight]));
  return a.length === b.length && b.every(({ keyword, weight }) => weights.get(keyword) === weight);
}

/** jsonb returns keys in its own order. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sortKeys(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns ids by sku: where another process created the product meanwhile, its id. */
async function writeProducts(
  db: Database,
  rows: readonly ProductRow[],
  stored: ReadonlyMap<string, ProductRow>,
): Promise<Map<string, string>> {
  if (rows.length === 0) return new Map();
  const sorted = rows.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
  const column = <K extends keyof ProductRow>(key: K) => sorted.map((row) => row[key]);
  const written = await db.query<{ id: string; sku: string }>(
    `/* catalog.upsert */
    insert into products (id, sku, name, description, brand, category, kind, price, stock, image_url, attributes,
      created_at, updated_at, archived_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::numeric[], $9::int[], $10::text[], $11::jsonb[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[])
    on conflict (sku) do update set name = excluded.name, description = excluded.description,
      brand = excluded.brand, category = excluded.category, kind = excluded.kind, price = excluded.price,
      stock = excluded.stock, image_url = excluded.image_url, attributes = excluded.attributes,
      updated_at = excluded.updated_at, archived_at = excluded.archived_at
    returning id, sku`,
    [
      column('id'),
      column('sku'),
      column('name'),
      column('description'),
      column('brand'),
      column('category'),
      column('kind'),
      column('price'),
      column('stock'),
      column('imageUrl'),
      sorted.map(({ attributes }) => JSON.stringify(attributes)),
      // As text: postgres.js takes an array that begins with a Date or a boolean for one value.
      sorted.map(({ createdAt }) => createdAt.toISOString()),
      sorted.map(({ updatedAt }) => updatedAt.toISOString()),
      sorted.map(({ archivedAt }) => archivedAt?.toISOString() ?? null),
    ],
  );
  const idBySku = new Map(written.map(({ id, sku }) => [sku, id]));
  const withNewKeywords = sorted.filter(({ sku, keywords }) => {
    const known = stored.get(sku);
    return known === undefined || !areSameKeywords(known.keywords, keywords);
  });
  await writeKeywords(db, withNewKeywords, idBySku);
  return idBySku;
}

async function writeKeywords(
  db: Database,
  rows: readonly ProductRow[],
  idBySku: ReadonlyMap<string, string>,
): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    '/* catalog.clearKeywords */ delete from product_keywords where product_id = any($1::uuid[])',
    [rows.map(({ sku }) => idBySku.get(sku)!)],
  );
  const keywords = rows.flatMap(({ sku, keywords }) =>
    keywords.map(({ keyword, weight }) => ({ productId: idBySku.get(sku)!, keyword, weight })),
  );
  await db.query(
    `/* catalog.insertKeywords */
    insert into product_keywords (product_id, keyword, weight)
    select * from unnest($1::uuid[], $2::text[], $3::real[])`,
    [
      keywords.map(({ productId }) => productId),
      keywords.map(({ keyword }) => keyword),
      keywords.map(({ weight }) => weight),
    ],
  );
}
