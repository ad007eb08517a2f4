/** Data values for completions, from a bounded sample of customers. Writes nothing. */
import { showText } from '#customers/contact-data/contacts.ts';
import type { Viewer } from '#platform/auth/viewer.ts';
import type { Database } from '#platform/database/database.ts';

import { type Completion, completeRule, type Completions } from '#rule-language/editor/complete.ts';
import type { RuleLanguage } from '#rule-language/check/language.ts';
import { quoteString } from '#rule-language/syntax/print.ts';
import { readOwnAttributes } from './own-attributes.ts';
import { ruleLanguage } from './registry.ts';

const MAX_VALUES = 20;
/** Number of most recently created customers in the sample. */
const SAMPLE_PEOPLE = 2000;
const SAMPLE_BUYERS = 500;
const ROWS_PER_PERSON = 20;

/** Completions at the cursor, including custom attributes and data values: at most two statements. */
export async function completeWithValues(
  db: Database,
  text: string,
  offset: number,
  viewer: Viewer,
): Promise<Completions> {
  const ofLanguage = completeRule(text, offset, ruleLanguage());
  const completions = isEnough(ofLanguage, text)
    ? ofLanguage
    : completeRule(text, offset, ruleLanguage(), await readOwnAttributes(db));
  const source = sourceOf(completions.valuesOf, ruleLanguage());
  if (source === null) return completions;
  const rows = await db.query<{ value: string }>(
    `/* segments.values */
    select value from (${source}) as sample
    where value is not null and starts_with(lower(value), lower($1))
    group by value order by count(*) desc, value limit ${MAX_VALUES}`,
    [completions.typed],
  );
  const known = new Set(completions.items.map((item) => item.text));
  const values = rows
    // Contact data in a custom attribute must not be completed from its prefix.
    .filter(({ value }) => showText(viewer, value) === value)
    .map(({ value }): Completion => ({ text: quoteString(value), kind: 'value' }))
    .filter((item) => !known.has(item.text));
  return { ...completions, items: [...completions.items, ...values] };
}

/** Custom attributes cannot occur in a string after a name of the language. */
function isEnough({ from, items, valuesOf }: Completions, text: string): boolean {
  return text[from] === "'" && (valuesOf !== null || items.length > 0);
}

const people = (count: number): string => `(
      select person.* from customers person
      where person.merged_into_id is null and person.erased_at is null
      order by person.created_at desc, person.id desc limit ${count}
    ) c left join customer_profiles p on p.customer_id = c.id`;

/** A query of one column `value`, most of whose rows are usable; null where no values can be looked up. */
function sourceOf(valuesOf: Completions['valuesOf'], language: RuleLanguage): string | null {
  switch (valuesOf?.kind) {
    case 'group': {
      const keys = language.groups.get(valuesOf.group)?.keys;
      return keys === undefined ? null : `select key as value from (${keys}) as keys`;
    }
    case 'own':
    case 'attribute': {
      const { sql, type } =
        valuesOf.kind === 'own'
          ? language.defineOwn!(valuesOf.own)
          : language.attributes.get(valuesOf.attribute)!;
      return `select ${type === 'list' ? `unnest(${sql})` : sql} as value from ${people(SAMPLE_PEOPLE)}`;
    }
    case 'parameter': {
      const source = language.functions.get(valuesOf.function)!;
      const property = source.parameters.get(valuesOf.parameter)?.property;
      if (property == null) return null;
      const value = property.type === 'list' ? `unnest(${property.sql})` : property.sql;
      const where = source.where === undefined ? '' : ` and ${source.where}`;
      return `select found.value from ${people(SAMPLE_BUYERS)}
        cross join lateral (
          select ${value} as value from ${source.from} ${property.join ?? ''}
          where ${source.customerId} = c.id${where} limit ${ROWS_PER_PERSON}
        ) found`;
    }
    default:
      return null;
  }
}
