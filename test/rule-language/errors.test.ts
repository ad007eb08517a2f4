import { expect, test } from 'vitest';

import { readRule } from '#rule-language/check/read-rule.ts';
import { shopLanguage } from './shop-language.ts';

function errorsOf(text: string, groupKeys?: (group: string) => readonly string[] | undefined) {
  const read = readRule(text, shopLanguage, groupKeys === undefined ? {} : { groupKeys });
  return read.ok ? [] : read.errors;
}

/** The stretch of text that the first error marks, and the error. */
function firstError(text: string) {
  const [error] = errorsOf(text);
  if (error === undefined) throw new Error(`no error in: ${text}`);
  return { ...error, marked: text.slice(error.offset, error.offset + error.length) };
}

test.each([
  ['number_of_order > 3', 'number_of_order', 'number_of_orders'],
  ['NUMBER_OF_ORDER > 3', 'NUMBER_OF_ORDER', 'number_of_orders'],
  ['order_placed MATCHES (count > 1)', 'order_placed', 'orders_placed'],
  ['orders_placed MATCHES (sum_amont > 1)', 'sum_amont', 'sum_amount'],
  ["rfm_group = 'champion'", "'champion'", "'champions'"],
  ["rfm_group IN ('loyal', 'Lost')", "'Lost'", "'lost'"],
  ["country STARTS 'G'", 'STARTS', 'STARTS WITH'],
  ["country CONTAIN 'G'", 'CONTAIN', 'CONTAINS'],
  ["number_of_orders = '3'", "'3'", '3'],
  ["last_order_date >= '2024-01-31'", "'2024-01-31'", '2024-01-31'],
  ['country = 5', '5', "'5'"],
  ['country = "GB"', '"GB"', "'GB'"],
  ["country = 'GB' ADN number_of_orders > 1", 'ADN', 'AND'],
  ['orders_placed > 3', 'orders_placed', 'orders_placed MATCHES ()'],
])('in %s the part %s is marked and %s suggested', (text, marked, suggestion) => {
  expect(firstError(text)).toMatchObject({ marked, suggestion });
});

test.each([
  ["number_of_orders > 3 AND country ~ 'GB'", '~', 'unexpected character ~'],
  ["country = 'GB", "'GB", 'this string has no closing quote'],
  ['number_of_orders >', '', 'expected a value or name, found the end of the rule'],
  ['(number_of_orders > 3', '', 'expected AND, OR or ), found the end of the rule'],
  ['number_of_orders > 3)', ')', 'expected AND or OR, found )'],
  ['number_of_orders 3', '3', 'expected an operator such as'],
  ['', '', 'the rule is empty'],
  ['   ', '   ', 'the rule is empty'],
  ['AND', 'AND', 'found AND'],
  ["country > 'GB'", '>', 'country is a string: > does not apply'],
  ['is_business = 1', '1', 'is_business is a boolean: expected TRUE or FALSE, found 1'],
  ["customer_tags = 'vip'", '=', 'customer_tags is a list: = does not apply, use CONTAINS'],
  ["number_of_orders CONTAINS '3'", 'CONTAINS', 'CONTAINS does not apply'],
  ['number_of_orders = country', 'country', 'number_of_orders is a number and country is a string'],
  ['number_of_orders > -1', '-1', 'number_of_orders is at least 0, -1 is out of its range'],
  ["BUCKET('a') < 101", '101', 'BUCKET is at least 0 and at most 100'],
  ['LENGTH(country) > 1', 'country', 'LENGTH counts the values of a list'],
  ['DISTANCE(91, 0) < 5', 'DISTANCE', 'latitude of -90 to 90'],
  ['amount_spent > 99999999999', '99999999999', 'a number lies between'],
  ['amount_spent > 0.1234567', '0.1234567', 'at most 6 digits'],
  ['amount_spent BETWEEN 9 AND 3', '9', 'the smaller bound first: 3 AND 9'],
  ['last_order_date = 2023-02-29', '2023-02-29', 'there is no such date'],
  ['last_order_date = 2023-02-28T25:00', '2023-02-28T25:00', 'there is no such date'],
  ['last_order_date = 1066-10-14', '1066-10-14', 'between the years 1900 and 2199'],
  ['last_order_date > -101y', '-101y', 'at most 100y'],
  ["last_order_date = today AT TIME ZONE 'Mars/Olympus'", "'Mars/Olympus'", 'is no time zone'],
  ["last_order_date = today AT TIME ZONE '+02:00'", "'+02:00'", 'is no time zone'],
  ['first_order_date ANNIVERSARY WITHIN NEXT 13m', 'ANNIVERSARY', 'at most a year'],
  ['churn_risk > 0.5', 'churn_risk', 'churn_risk has no data yet: no churn model has been trained'],
  ['country MATCHES (count > 1)', 'country', 'country is an attribute, no function'],
  [
    'orders_placed MATCHES () THEN orders_placed MATCHES (count > 1)',
    'count',
    'each step of a sequence is one event',
  ],
  [
    'orders_placed MATCHES () THEN NOT orders_placed THEN orders_placed',
    'orders_placed',
    'only the last step',
  ],
  ['orders_placed MATCHES () THEN orders_placed WITHIN 2m', '2m', 'within hours, days or weeks'],
  ['orders_placed NOT MATCHES () THEN orders_placed', 'orders_placed', 'the first event of a sequence'],
  ["IN SEGMNT 'vip'", "SEGMNT 'vip'", 'there is no kind of group segmnt; did you mean segment?'],
  ["LEFT LIST 'vip'", "LIST 'vip'", 'the history of a list is not kept'],
  ["country MATCHES REGEX '(a'", "'(a'", 'an opening parenthesis is not closed'],
  ["country MATCHES REGEX 'a**'", "'a**'", 'a repetition follows another'],
  ["country MATCHES REGEX '(?=a)'", "'(?=a)'", 'groups with (?'],
  ["country MATCHES REGEX '((a{50}){50}){50}'", "'((a{50}){50}){50}'", 'repeats too much'],
  [`country MATCHES REGEX '${'a'.repeat(201)}'`, `'${'a'.repeat(201)}'`, 'at most 200 characters'],
  [`country = '${'a'.repeat(1001)}'`, `'${'a'.repeat(1001)}'`, 'at most 1000 characters, this one has 1001'],
  ["country = 'a\0b'", '\0', 'NUL'],
  ["country = 'a\uD83D'", '\uD83D', 'half of a character'],
  ['🛒 = 1', '🛒', 'unexpected character 🛒'],
])('%s is refused at %s: %s', (text, marked, message) => {
  const error = firstError(text);

  expect(error.marked).toBe(marked);
  expect(error.message).toContain(message);
});

test('lines and columns count from one over all kinds of line ends', () => {
  expect(firstError("country = 'GB'\n  AND\r\n\tnumber_of_order > 3")).toMatchObject({
    line: 3,
    column: 2,
    offset: 23,
    length: 15,
  });
});

test('all faults of names and types are told at once, in the order of the text', () => {
  const errors = errorsOf("number_of_order > 3 OR country > 'GB' OR orders_placed MATCHES (price > 3)");

  expect(errors.map(({ column }) => column)).toStrictEqual([1, 32, 65]);
});

test('what could stand at the error is listed', () => {
  expect(firstError('number_of_orders BETWEEN 3').expected).toStrictEqual(['AND']);
  expect(firstError('rfm_group = 1').expected).toStrictEqual(['a string in single quotes']);
  expect(firstError('orders_placed MATCHES (x = 1)').expected).toStrictEqual([
    ...shopLanguage.functions.get('orders_placed')!.parameters.keys(),
  ]);
});

test('keys of groups that are known are checked, others are left to the caller', () => {
  const groupKeys = (group: string) => (group === 'segment' ? ['vip', 'lapsing'] : undefined);

  expect(errorsOf("IN SEGMENT 'vpi' AND IN LIST 'any'", groupKeys)).toMatchObject([
    {
      message: "there is no segment 'vpi'; did you mean 'vip'?",
      suggestion: "SEGMENT 'vip'",
      expected: ["'vip'", "'lapsing'"],
    },
  ]);
});

test.each([
  ['text', 'a'.repeat(20_001), 'at most 20000 characters'],
  ['parentheses', `${'('.repeat(41)}EVERYONE${')'.repeat(41)}`, 'nests at most 40'],
  ['negations', `${'NOT '.repeat(3000)}EVERYONE`, 'nests at most 40'],
  [
    'clauses',
    Array.from({ length: 600 }, () => 'EVERYONE').join(' OR '),
    'at most 500 clauses and conditions, this one has 601',
  ],
  [
    'values',
    `number_of_orders IN (${Array.from({ length: 501 }, (_, index) => index).join(', ')})`,
    'at most 500 values',
  ],
])('too many %s are refused with the limit', (_, text, message) => {
  expect(firstError(text).message).toContain(message);
});

test('forty parentheses and as many NOTs as fit are read', () => {
  expect(errorsOf(`${'('.repeat(40)}EVERYONE${')'.repeat(40)}`)).toStrictEqual([]);
  expect(errorsOf(`${'NOT '.repeat(40)}EVERYONE`)).toStrictEqual([]);
});

test('an emoji inside a string is a value like any other', () => {
  expect(errorsOf("country = '🛒' AND customer_tags HAS ANY ('naïve', '日本')")).toStrictEqual([]);
});

test('a rule that is wrong everywhere is told its first twenty errors', () => {
  const clauses = Array.from({ length: 100 }, (_, index) => `unknown_${index} = 1`);

  expect(errorsOf(clauses.join(' OR ')).map(({ offset }) => offset)).toStrictEqual(
    clauses
      .slice(0, 20)
      .map((_, index) => clauses.slice(0, index).reduce((sum, clause) => sum + clause.length + 4, 0)),
  );
});
