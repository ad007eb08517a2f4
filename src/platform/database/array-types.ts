/** How arrays are read and written as text: of every type that a database has, by the way of its elements. */
import { types } from '@electric-sql/pglite';

import type { Parser, Serializer, ValueSettings } from '#pg-batch/settings.ts';

/** Filled with the array types of the database. */
export interface FilledSettings extends ValueSettings {
  readonly parsers: Record<number, Parser | undefined>;
  readonly serializers: Record<number, Serializer | undefined>;
}

export interface ArrayType {
  /** Oids of types. */
  readonly element: number;
  readonly array: number;
}

export const ARRAY_TYPES = `/* database.arrayTypes */
  select e.oid::int4 as element, e.typarray::int4 as array from pg_catalog.pg_type e where e.typarray <> 0`;

export function addArrayTypes({ parsers, serializers }: FilledSettings, rows: readonly ArrayType[]): void {
  for (const { element, array } of rows) {
    const parse = parsers[element];
    const parseArray = (text: string) => types.arrayParser(`{${text}`, parse as never, array);
    parsers[array] = Object.assign(parseArray, { array: true as const });
    serializers[array] = (values) => types.arraySerializer(values, serializers[element] as never, array);
  }
}
