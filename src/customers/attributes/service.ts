/** Declarations of attributes: the only code that writes `attribute_definitions`. It changes no value that is stored. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { createId } from '#platform/ids.ts';

import { readText } from '#platform/input/text.ts';
import { type CatalogAttribute, forgetCatalog, readAttributeCatalog } from './catalog.ts';
import { AttributeDeclaredError } from './errors.ts';
import type { AttributeType } from './types.ts';

const MAX_KEY_LENGTH = 200;
const MAX_LABEL_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 2000;
const MAX_VALUES = 500;
const MAX_VALUE_LENGTH = 1000;

interface AttributeTexts {
  readonly label?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** The only texts that a value, or an element of a list, may be; null admits any. */
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
 * Declares an attribute: from now on values of another type are refused. One that was archived is declared anew.
 * @throws {InvalidInputError} key, a text or the values cannot be used
 * @throws {AttributeDeclaredError} it is declared
 */
export async function defineAttribute(app: App, input: DefineAttributeInput): Promise<CatalogAttribute> {
  checkKey(input.key);
  const { label = null, description = null, values = null } = readTexts(input);
  checkValues(input.type, values);
  const now = app.clock();
  return change(app, input.key, async (transaction) => {
    const rows = await transaction.query(
      `/* attributes.define */
      insert into attribute_definitions as known
        (id, key, type, label, description, allowed_values, created_at, updated_at)
      values ($1, $2, $3, $4, $5, $6::text[], $7::timestamptz, $7::timestamptz)
      on conflict (key) do update set type = excluded.type, label = excluded.label,
        description = excluded.description, allowed_values = excluded.allowed_values,
        updated_at = excluded.updated_at, archived_at = null
      where known.archived_at is not null
      returning known.id`,
      [createId(now.getTime()), input.key, input.type, label, description, values, now],
    );
    if (rows.length === 0) throw new AttributeDeclaredError(input.key);
  });
}

/**
 * Changes what is given. Values that are stored stay as they are: one of another type matches no rule.
 * @throws {InvalidInputError} a text or the values cannot be used
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
    await transaction.query(
      `/* attributes.updateDefinition */
      update attribute_definitions set
        type = coalesce($2::text, type),
        label = case when $3 then $4::text else label end,
        description = case when $5 then $6::text else description end,
        allowed_values = case when $7 then $8::text[] else allowed_values end,
        updated_at = $9::timestamptz
      where key = $1 and archived_at is null`,
      [
        key,
        input.type ?? null,
        label !== undefined,
        label ?? null,
        description !== undefined,
        description ?? null,
        values !== undefined,
        values ?? null,
        app.clock(),
      ],
    );
  });
}

/**
 * Ends a declaration: values stay, any type may be written, and rules go on by the types of the values.
 * @throws {NotFoundError} the attribute is not declared
 */
export async function archiveAttributeDefinition(app: App, key: string): Promise<CatalogAttribute> {
  return change(app, key, async (transaction) => {
    const rows = await transaction.query(
      `/* attributes.archive */
      update attribute_definitions set archived_at = $2::timestamptz, updated_at = $2::timestamptz
      where key = $1 and archived_at is null returning id`,
      [key, app.clock()],
    );
    if (rows.length === 0) throw undeclared(key);
  });
}

/** @returns the attribute as it is known after the change */
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

/** Keys are taken as they are: they name what is in the data, spaces at the ends and all. */
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
