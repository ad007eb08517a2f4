/** The catalogue of custom attributes: declarations, and types of the observed values. */
import { type App, perApp } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { holdsContacts } from '../contact-data/contact-text.ts';
import { type AttributeType, commonType, type SeenType, typeOfValue } from './types.ts';

export interface AttributeDefinitionRow {
  readonly id: string;
  readonly key: string;
  readonly type: AttributeType;
  readonly label: string | null;
  readonly description: string | null;
  readonly allowedValues: readonly string[] | null;
}

export interface CatalogAttribute {
  readonly key: string;
  /** As declared, else of all observed values; null where they have several types. */
  readonly type: AttributeType | null;
  /** Types of observed values, ordered by name; empty without values. */
  readonly seenTypes: readonly SeenType[];
  /** Null where it is not declared. */
  readonly definition: AttributeDefinitionRow | null;
}

/** By key, in its order. */
export type AttributeCatalog = ReadonlyMap<string, CatalogAttribute>;

/** Maximum number of keys whose types are recorded: attributes with generated names would fill the table. */
const MAX_SEEN_KEYS = 2000;

interface StoredCatalog {
  readonly definitions: readonly AttributeDefinitionRow[];
  readonly seen: readonly (readonly [key: string, type: SeenType])[];
}

function readStored(db: Database): Promise<StoredCatalog[]> {
  return db.query<StoredCatalog>(
    `/* attributes.catalog */
    select
      (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'key', key, 'type', type, 'label', label,
        'description', description, 'allowedValues', to_jsonb(allowed_values))), '[]')
        from attribute_definitions where archived_at is null) as definitions,
      (select coalesce(jsonb_agg(jsonb_build_array(key, type)), '[]') from attribute_types) as seen`,
  );
}

/** One small statement, whatever the number of customers. */
export async function readAttributeCatalog(db: Database): Promise<AttributeCatalog> {
  const [stored] = await readStored(db);
  return toCatalog(stored!);
}

/** Delay until other processes know a declaration made here, in milliseconds. */
const REMEMBERED_MS = 3000;

interface Remembered {
  readAtMs: number;
  catalog: AttributeCatalog | null;
}
const remembered = perApp((): Remembered => ({ readAtMs: 0, catalog: null }));

/** The catalogue as this process last read it, so that a write needs no further statement. */
export async function readRememberedCatalog(app: App): Promise<AttributeCatalog> {
  const last = remembered(app);
  if (last.catalog !== null && performance.now() - last.readAtMs < REMEMBERED_MS) return last.catalog;
  const catalog = await readAttributeCatalog(app.db);
  Object.assign(last, { readAtMs: performance.now(), catalog });
  return catalog;
}

/** Call after a change of the catalogue. */
export function forgetCatalog(app: App): void {
  remembered(app).catalog = null;
}

function toCatalog({ definitions, seen }: StoredCatalog): AttributeCatalog {
  const byKey = new Map(definitions.map((definition) => [definition.key, definition]));
  const typesOf = Map.groupBy(seen, ([key]) => key);
  // A name that contains an e-mail address is not vocabulary, and would be visible to every caller.
  const found = [...typesOf.keys()].filter((key) => !holdsContacts(key));
  const keys = [...new Set([...byKey.keys(), ...found])].toSorted();
  return new Map(
    keys.map((key): [string, CatalogAttribute] => {
      const definition = byKey.get(key) ?? null;
      const seenTypes = (typesOf.get(key) ?? []).map(([, type]) => type).toSorted();
      return [key, { key, type: definition?.type ?? commonType(seenTypes), seenTypes, definition }];
    }),
  );
}

/**
 * Records types that are new for their keys. Called before customers are written: reference tables come first.
 * @returns whether there were any
 */
export async function noteSeenTypes(
  db: Database,
  catalog: AttributeCatalog,
  attributes: readonly Readonly<Record<string, unknown>>[],
  at: Date,
): Promise<boolean> {
  const unseen = new Map<string, readonly [string, SeenType]>();
  for (const [key, value] of attributes.flatMap(Object.entries)) {
    const type = typeOfValue(value);
    if (type === null || catalog.get(key)?.seenTypes.includes(type)) continue;
    unseen.set(JSON.stringify([key, type]), [key, type]);
  }
  if (unseen.size === 0 || catalog.size >= MAX_SEEN_KEYS) return false;
  await writeSeenTypes(db, [...unseen.values()], at);
  return true;
}

async function writeSeenTypes(db: Database, seen: StoredCatalog['seen'], at: Date): Promise<void> {
  // Sorted, so that concurrent writers lock the rows in the same order.
  const rows = seen.toSorted((left, right) => (left.join(' ') < right.join(' ') ? -1 : 1));
  await db.query(
    `/* attributes.noteSeen */
    insert into attribute_types (key, type, first_seen_at)
    select key, type, $3::timestamptz from unnest($1::text[], $2::text[]) as seen (key, type)
    on conflict (key, type) do nothing`,
    [rows.map(([key]) => key), rows.map(([, type]) => type), at],
  );
}
