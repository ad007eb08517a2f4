import { expect, expectTypeOf, test } from 'vitest';

import type { Checked, Data, Variables } from './typed-text.ts';

/** As `query` takes a text, without an app. */
function check<const Text extends string>(text: Checked<Text>): string {
  return text;
}

test('an answer has the types of the schema, by alias, list and nullability', () => {
  type Text = `query ($id: ID!) { one: customer(by: { id: $id }) { id lastSeenAt
    orders(first: 3) { totalCount nodes { kind } } } }`;

  expectTypeOf<Data<Text>>().toEqualTypeOf<{
    one: {
      id: string;
      lastSeenAt: string | null;
      orders: {
        totalCount: number;
        nodes: readonly { kind: 'ADJUSTMENT' | 'RETURN' | 'SALE' }[];
      } | null;
    } | null;
  }>();
});

test('a field of one member of a union may be undefined', () => {
  type Text = `mutation ($input: ArchiveSegmentInput!) { archiveSegment(input: $input) {
    ... on ArchiveSegmentPayload { segment { key } } ... on InvalidInputError { field } } }`;

  expectTypeOf<Data<Text>['archiveSegment']>().toEqualTypeOf<{
    segment: { key: string } | undefined;
    field: string | undefined;
  } | null>();
  expectTypeOf<Variables<Text>['input']['id']>().toEqualTypeOf<string>();
});

test('a text with a field that the schema lacks is an error of types, whatever its arguments', () => {
  const name = String(expect.getState().currentTestName);
  check(`{ customer(by: { email: "${name}) {" }) { id } segments(first: 1) { totalCount } }`);
  // @ts-expect-error The schema has no Customer.nickname
  check('{ customer(by: { email: "a" }) { id nickname } }');
  // @ts-expect-error The schema has no Query.people
  check('{ people { id } }');
  // @ts-expect-error The schema has no type Robot
  check('{ node(id: "a") { ... on Robot { id } } }');
});
