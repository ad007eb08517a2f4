/** Validates attributes against their declarations before they are written. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError } from '#platform/errors.ts';

import {
  type AttributeCatalog,
  type AttributeDefinitionRow,
  forgetCatalog,
  noteSeenTypes,
  readAttributeCatalog,
  readRememberedCatalog,
} from './catalog.ts';
import { type AttributeType, takesType, typeOfValue } from './types.ts';

type Attributes = Readonly<Record<string, unknown>>;

const typeWords: Readonly<Record<AttributeType, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  date: 'a day such as "2026-01-31"',
  instant: 'an instant such as "2026-01-31T10:00:00Z"',
  string_list: 'a list of strings',
};

/**
 * Validates attributes of customers against their declarations, before anything is written.
 * @param tx transaction of the caller, which sees its own writes
 * @param fieldOf name of an input in errors
 * @returns a function that records new types, to call in the transaction that writes the customers
 * @throws {InvalidInputError} a value has another type than declared, or is not one of the declared values
 */
export async function takeAttributes(
  app: App,
  tx: Database | undefined,
  attributes: readonly Attributes[],
  fieldOf: (index: number) => string,
): Promise<(tx: Database, at: Date) => Promise<void>> {
  const rules = await readAttributeRules(app, tx, attributes);
  for (const [index, values] of attributes.entries()) rules.check(values, fieldOf(index));
  return (tx, at) => rules.note(tx, attributes, at);
}

export interface AttributeRules {
  /** @throws {InvalidInputError} a value is not of its declared type, or none of the declared values */
  check(values: Attributes, field: string): void;
  /** Records new types, in the transaction that writes the customers. */
  note(tx: Database, written: readonly Attributes[], at: Date): Promise<void>;
}

/** Declarations of attributes; reads nothing for customers without attributes. */
export async function readAttributeRules(
  app: App,
  tx: Database | undefined,
  attributes: readonly Attributes[],
): Promise<AttributeRules> {
  if (attributes.every((values) => Object.keys(values).length === 0)) {
    return { check: () => {}, note: () => Promise.resolve() };
  }
  const catalog = tx === undefined ? await readRememberedCatalog(app) : await readAttributeCatalog(tx);
  return {
    check: (values, field) => checkAttributes(catalog, values, field),
    async note(transaction, written, at) {
      if (await noteSeenTypes(transaction, catalog, written, at)) forgetCatalog(app);
    },
  };
}

/** @throws {InvalidInputError} naming the first attribute that its declaration refuses */
export function checkAttributes(catalog: AttributeCatalog, attributes: Attributes, field: string): void {
  for (const [key, value] of Object.entries(attributes)) {
    const definition = catalog.get(key)?.definition;
    // Null removes the attribute.
    if (definition == null || value === null) continue;
    const message = faultOf(definition, value);
    if (message !== undefined) throw new InvalidInputError(`${field}.${key}`, `${key}: ${message}`);
  }
}

function faultOf({ type, allowedValues }: AttributeDefinitionRow, value: unknown): string | undefined {
  const found = typeOfValue(value);
  if (found === null || !takesType(type, found))
    return `expected ${typeWords[type]}, got ${JSON.stringify(value).slice(0, 80)}`;
  if (allowedValues === null) return undefined;
  const other = [value].flat().find((text) => !allowedValues.includes(text as string));
  return other === undefined
    ? undefined
    : `expected one of ${allowedValues.slice(0, 20).join(', ')}, got ${JSON.stringify(other).slice(0, 80)}`;
}
