/** Declarations of attributes: the only code that writes `attribute_definitions`. Stored values do not change. */
import { and, eq, isNotNull, isNull } from 'drizzle-orm';

import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { readText } from '#platform/input/text.ts';
import { type CatalogAttribute, forgetCatalog, readAttributeCatalog } from './catalog.ts';
import { AttributeDeclaredError } from './errors.ts';
import type { AttributeType } from './types.ts';
import { attributeDefinitions } from './tables.ts';

const MAX_KEY_LENGTH = 200;
const MAX_LABEL_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 2000;
const MAX_VALUES = 500;
const MAX_VALUE_LENGTH = 1000;

interface AttributeTexts {
  readonly label?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** The allowed texts of a value, or of an element of a list; null allows any. */
  readonly values?: readonly string[] | null | undefined;
}

export interface DefineAttributeInput extends AttributeTexts {
  readonly key: string;
  readonly type: AttributeType;
}

export interface UpdateAttributeInput extends AttributeTexts {
  readonly key: string;
  readonly type?: AttributeType | null | undefined;
}

/**
 * Declares an attribute: from then on values of another type are refused. An archived one is declared again.
 * @throws {InvalidInputError} key, a text or the values are invalid
 * @throws {AttributeDeclaredError} it is declared
 */
export async function defineAttribute(app: App, input: DefineAttributeInput): Promise<CatalogAttribute> {
  checkKey(input.key);
  const { label = null, description = null, values = null } = readTexts(input);
  checkValues(input.type, values);
  const now = app.clock();
  return change(app, input.key, async (transaction) => {
    const definition = { type: input.type, label, description, allowedValues: copy(values), updatedAt: now };
    const rows = await transaction.orm
      .insert(attributeDefinitions)
      .values({ ...definition, id: createId(now.getTime()), key: input.key, createdAt: now })
      .onConflictDoUpdate({
        target: attributeDefinitions.key,
        set: { ...definition, archivedAt: null },
        setWhere: isNotNull(attributeDefinitions.archivedAt),
      })
      .returning({ id: attributeDefinitions.id });
    if (rows.length === 0) throw new AttributeDeclaredError(input.key);
  });
}

/**
 * Changes the given fields. Stored values stay unchanged: one of another type matches no rule.
 * @throws {InvalidInputError} a text or the values are invalid
 * @throws {NotFoundError} the attribute is not declared
 */
export async function updateAttributeDefinition(
  app: App,
  input: UpdateAttributeInput,
): Promise<CatalogAttribute> {
  const { key } = input;
  const { label, description, values } = readTexts(input);
  return change(app, key, async (transaction) => {
    const [current] = await transaction.query<{ type: AttributeType; values: string[] | null }>(
      `/* attributes.lockDefinition */
      select type, allowed_values as values from attribute_definitions
      where key = $1 and archived_at is null for update`,
      [key],
    );
    if (current === undefined) throw undeclared(key);
    checkValues(input.type ?? current.type, values === undefined ? current.values : values);
    await transaction.orm
      .update(attributeDefinitions)
      .set({
        type: input.type ?? undefined,
        label,
        description,
        allowedValues: copy(values),
        updatedAt: app.clock(),
      })
      .where(isDeclared(key));
  });
}

/**
 * Archives a declaration: values stay, any type is allowed, and rules use the types of the values.
 * @throws {NotFoundError} the attribute is not declared
 */
export async function archiveAttributeDefinition(app: App, key: string): Promise<CatalogAttribute> {
  return change(app, key, async (transaction) => {
    const now = app.clock();
    const rows = await transaction.orm
      .update(attributeDefinitions)
      .set({ archivedAt: now, updatedAt: now })
      .where(isDeclared(key))
      .returning({ id: attributeDefinitions.id });
    if (rows.length === 0) throw undeclared(key);
  });
}

function isDeclared(key: string) {
  return and(eq(attributeDefinitions.key, key), isNull(attributeDefinitions.archivedAt));
}

function copy<Values extends readonly string[] | null | undefined>(values: Values) {
  return values && [...values];
}

/** @returns the attribute after the change */
async function change(
  app: App,
  key: string,
  write: (transaction: Database) => Promise<void>,
): Promise<CatalogAttribute> {
  const known = await app.db.transaction(async (transaction) => {
    await write(transaction);
    return (await readAttributeCatalog(transaction)).get(key);
  });
  forgetCatalog(app);
  return known ?? { key, type: null, seenTypes: [], definition: null };
}

function undeclared(key: string): NotFoundError {
  return new NotFoundError(`There is no definition of an attribute ${JSON.stringify(key.slice(0, 80))}.`);
}

/** Keys are not normalised: they match the data exactly, surrounding spaces included. */
function checkKey(key: string): void {
  readText('key', key, MAX_KEY_LENGTH);
}

function readTexts({ label, description, values }: AttributeTexts): {
  label?: string | null;
  description?: string | null;
  values?: readonly string[] | null;
} {
  return {
    ...(label !== undefined && { label: label === null ? null : readText('label', label, MAX_LABEL_LENGTH) }),
    ...(description !== undefined && {
      description: description === null ? null : readText('description', description, MAX_DESCRIPTION_LENGTH),
    }),
    ...(values !== undefined && { values: values === null ? null : readValues(values) }),
  };
}

function readValues(values: readonly string[]): readonly string[] {
  if (values.length === 0 || values.length > MAX_VALUES) {
    throw new InvalidInputError('values', `expected 1 to ${MAX_VALUES} values, got ${values.length}`);
  }
  for (const [index, value] of values.entries()) {
    if (value !== '') readText(`values.${index}`, value, MAX_VALUE_LENGTH);
  }
  return [...new Set(values)];
}

function checkValues(type: AttributeType, values: readonly string[] | null): void {
  if (values === null || type === 'string' || type === 'string_list') return;
  throw new InvalidInputError('values', 'expected values for texts and lists of texts only');
}
