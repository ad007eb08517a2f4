/** Fields of type DateTime. */
import type { builder } from './builder.ts';

export type ObjectFields<Row> = PothosSchemaTypes.ObjectFieldBuilder<
  (typeof builder)['$inferSchemaTypes'],
  Row
>;

type Required<Row> = { [Name in keyof Row]: Row[Name] extends Date ? Name : never }[keyof Row];
type Nullable<Row> = {
  [Name in keyof Row]: Row[Name] extends Date ? never : Row[Name] extends Date | null ? Name : never;
}[keyof Row];

type Fields<Row, Name extends PropertyKey> = Record<Name, ReturnType<ObjectFields<Row>['field']>>;

/**
 * A `DateTime` field for each of these properties, under the same name.
 * @param required descriptions by property
 * @param nullable the same for properties that may be null
 */
export function instants<Row, Name extends Required<Row> = never, Optional extends Nullable<Row> = never>(
  t: ObjectFields<Row>,
  required: Readonly<Record<Name, string>>,
  nullable?: Readonly<Record<Optional, string>>,
): Fields<Row, Name | Optional> {
  const fields = (descriptions: Readonly<Record<PropertyKey, string>>, isNullable: boolean) =>
    Object.entries(descriptions).map(([name, description]) => [
      name,
      t.expose(name as never, { type: 'DateTime', nullable: isNullable, description } as never),
    ]);
  return Object.fromEntries([...fields(required, false), ...fields(nullable ?? {}, true)]) as Fields<
    Row,
    Name | Optional
  >;
}
