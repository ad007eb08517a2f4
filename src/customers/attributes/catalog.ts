/** What is known of the attributes that customers carry: declarations, and types of the values seen. */
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
  /** As declared, else that of all values seen; null where they are of several types. */
  readonly type: AttributeType | null;
  /** Types of the values seen, in order of name; empty where none was. */
  readonly seenTypes: readonly SeenType[];
  /** Null where nobody declared it. */
  readonly definition: AttributeDefinitionRow | null;
}

/** By key, in order of it. */
export type AttributeCatalog = ReadonlyMap<string, CatalogAttribute>;

/** Keys whose types are written down: attributes with names made up for each person would fill the table. */
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

/** One small statement, whatever the number of people. */
export async function readAttributeCatalog(db: Database): Promise<AttributeCatalog> {
  const [stored] = await readStored(db);
  return toCatalog(stored!);
}

/** How long another process may not yet know of a declaration made here, in milliseconds. */
const REMEMBERED_MS = 3000;

interface Remembered {
  readAtMs: number;
  catalog: AttributeCatalog | null;
}
const remembered = perApp((): Remembered => ({ readAtMs: 0, catalog: null }));

/** The catalog as this process read it a moment ago, so that a write does not cost a statement more. */
export async function readRememberedCatalog(app: App): Promise<AttributeCatalog> {
  const last = remembered(app);
  if (last.catalog !== null && performance.now() - last.readAtMs < REMEMBERED_MS) return last.catalog;
  const catalog = await readAttributeCatalog(app.db);
  Object.assign(last, { readAtMs: performance.now(), catalog });
  return catalog;
}

/** Call after a change of what is known. */
export function forgetCatalog(app: App): void {
  remembered(app).catalog = null;
}

function toCatalog({ definitions, seen }: StoredCatalog): AttributeCatalog {
  const byKey = new Map(definitions.map((definition) => [definition.key, definition]));
  const typesOf = Map.groupBy(seen, ([key]) => key);
  // A name made up of an e-mail address is nobody's vocabulary, and would be shown to everybody.
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
 * Writes down types that were not seen before under their keys. Before people are written: reference tables come first.
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
  // Sorted, so that two writers lock the rows in one order.
  const rows = seen.toSorted((left, right) => (left.join(' ') < right.join(' ') ? -1 : 1));
  await db.query(
    `/* attributes.noteSeen */
    insert into attribute_types (key, type, first_seen_at)
    select key, type, $3::timestamptz from unnest($1::text[], $2::text[]) as seen (key, type)
    on conflict (key, type) do nothing`,
    [rows.map(([key]) => key), rows.map(([, type]) => type), at],
  );
}
