/** Custom attributes in the language: guarded SQL over `customers.attributes`. Writes nothing. */
import { type AttributeCatalog, readAttributeCatalog } from '#customers/attributes/catalog.ts';
import {
  type AttributeType,
  DAY_PATTERN,
  type SeenType,
  TIME_PATTERN,
  ZONE_PATTERN,
} from '#customers/attributes/types.ts';
import { namesContact } from '#customers/contact-data/contact-text.ts';
import type { Database } from '#platform/database/database.ts';

import type {
  AttributeDefinition,
  OwnAttribute,
  OwnReference,
  OwnType,
} from '#rule-language/check/definitions.ts';
import { findOwn, ownName } from '#rule-language/check/own-names.ts';
import { quoteLiteral } from '#rule-language/sql/sql.ts';

const COLUMN = 'c.attributes';

/** A value of another type than the rule expects counts as missing. */
export function defineOwnAttribute({ key, type }: OwnReference): AttributeDefinition {
  return {
    name: ownName(key),
    description: 'A custom attribute of customers.',
    json: { column: COLUMN, key },
    changesWith: [`attribute.${key}`],
    ...readAs(type, quoteLiteral(key)),
  };
}

function readAs(type: OwnType, key: string): Pick<AttributeDefinition, 'type' | 'sql'> {
  const value = `${COLUMN} -> ${key}`;
  const text = `${COLUMN} ->> ${key}`;
  const guarded = (jsonType: string, sql: string): string =>
    `case when jsonb_typeof(${value}) = '${jsonType}' then ${sql} end`;
  switch (type) {
    case 'string':
      return { type, sql: guarded('string', text) };
    case 'number':
      return { type, sql: guarded('number', `(${value})::numeric`) };
    case 'boolean':
      return { type, sql: guarded('boolean', `(${value})::boolean`) };
    case 'list':
      return {
        type,
        sql: guarded(
          'array',
          `array(select element #>> '{}' from jsonb_array_elements(${value}) as element where jsonb_typeof(element) = 'string')`,
        ),
      };
    case 'date':
      return { type, sql: dateSql(`(${text})`) };
    case 'any':
      return { type: 'string', sql: text };
  }
}

const DIGITS = `'123456789', '000000000'`;
/** Days of a common year, as `01-31`: a hash lookup, where a pattern took four times as long. */
const DAYS_OF_YEAR = Array.from({ length: 365 }, (_, day) =>
  new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(5, 10),
).join(',');

/**
 * The instant of an ISO text, null for any other: only valid dates reach a cast, so that none can fail. A day begins at
 * midnight UTC, and a time without a zone is in UTC. The patterns are for the rare 29 February, and for times.
 */
function dateSql(text: string): string {
  const isDay = `(left(${text}, 1) = any('{1,2}'::text[]) and substr(${text}, 6, 5) = any('{${DAYS_OF_YEAR}}'::text[]) or left(${text}, 10) ~ '^${DAY_PATTERN}$')`;
  const inUtc = `${text}::timestamp at time zone 'UTC'`;
  const time = `substr(${text}, 11)`;
  return `case
    when translate(${text}, ${DIGITS}) = '0000-00-00' then case when ${isDay} then ${inUtc} end
    when translate(left(${text}, 11), ${DIGITS}) = '0000-00-00T' then
      case when ${isDay} and ${time} ~ '^${TIME_PATTERN}${ZONE_PATTERN}?$' then
        case when ${time} ~ '${ZONE_PATTERN}$' then ${text}::timestamptz else ${inUtc} end
      end
  end`;
}

const ownTypes: Readonly<Record<AttributeType, OwnType>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
  instant: 'date',
  string_list: 'list',
};

/** The custom attributes that rules may use now. */
export async function readOwnAttributes(db: Database): Promise<readonly OwnAttribute[]> {
  return toOwnAttributes(await readAttributeCatalog(db));
}

function toOwnAttributes(catalog: AttributeCatalog): readonly OwnAttribute[] {
  // A rule that compares prefixes could reveal contact data that is masked elsewhere.
  const usable = [...catalog.values()].filter(
    ({ key, type, definition }) =>
      type === 'boolean' || definition?.allowedValues != null || !namesContact(key),
  );
  return usable.map(({ key, type, seenTypes, definition }): OwnAttribute => ({
    key,
    type: type === null ? null : ownTypes[type],
    seenTypes: [...new Set(seenTypes.flatMap((seen) => readableAs(seen)))],
    description: definition?.description ?? definition?.label ?? 'A custom attribute of customers.',
    ...(definition?.allowedValues != null && { values: definition.allowedValues }),
  }));
}

/** A date is a text as well. */
function readableAs(seen: SeenType): readonly OwnType[] {
  if (seen === 'other') return [];
  return ownTypes[seen] === 'date' ? ['date', 'string'] : [ownTypes[seen]];
}

/** Maximum number of custom attributes in a table of figures. */
const MAX_FIGURES = 100;

/** Custom attributes whose values have one type, as definitions, ordered by key. */
export async function readOwnDefinitions(db: Database): Promise<readonly AttributeDefinition[]> {
  const own = await readOwnAttributes(db);
  return own.flatMap((attribute) => defineKnown(attribute) ?? []).slice(0, MAX_FIGURES);
}

/**
 * The custom attribute that callers name as in a rule; undefined where there is none, or its values have several types.
 */
export async function findOwnDefinition(
  db: Database,
  name: string,
): Promise<AttributeDefinition | undefined> {
  const [found] = findOwn(name, await readOwnAttributes(db));
  return found === undefined ? undefined : defineKnown(found);
}

function defineKnown({ key, type, description, values }: OwnAttribute): AttributeDefinition | undefined {
  if (type === null) return undefined;
  return { ...defineOwnAttribute({ key, type }), description, ...(values !== undefined && { values }) };
}
