import { InvalidInputError } from '#platform/errors.ts';
import { findCountry, readCountry } from '#platform/input/countries.ts';
import { checkPast, readInstant, readPastInstant } from '#platform/input/instants.ts';
import { readJsonObject } from '#platform/input/json.ts';
import { quote, readKey, readText } from '#platform/input/text.ts';
import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';

const NOW = new Date('2026-06-01T12:00:00Z');
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000);

/** Null where the text is refused. */
function formOf(text: string): string | null {
  try {
    return readKey('sku', text, 1000);
  } catch (error) {
    if (error instanceof InvalidInputError) return null;
    throw error;
  }
}

describe('a key', () => {
  test.each([
    ['A-1', 'A-1'],
    [' A-1\t', 'A-1'],
    ['\u00a0A-1\u3000', 'A-1'],
    ['\ufeffA\u200b-1', 'A-1'],
    ['A  1', 'A 1'],
    ['A\u00a01', 'A 1'],
    // The same letter as one character and as two.
    ['Ame\u0301lie', 'Am\u00e9lie'],
    ['a-1', 'a-1'],
  ])('%j is kept as %j', (text, expected) => {
    expect(readKey('sku', text, 200)).toBe(expected);
  });

  test.each([
    ['', 'only white space'],
    ['\u200b \u00a0', 'only white space'],
    ['A\u0001', 'got U+0001'],
    ['A\0', 'got U+0000'],
    ['A\n1', 'got U+000A'],
    ['A\u0085 1', 'got U+0085'],
    ['A\ud83d', 'got half a surrogate pair'],
    ['\udc00', 'got half a surrogate pair'],
    ['x'.repeat(201), 'at most 200 characters, got 201'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => readKey('sku', text, 200)).toThrow(message);
    expect(() => readKey('sku', text, 200)).toThrow(InvalidInputError);
  });

  test('that is in its form stays as it is', () => {
    assert(
      property(string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const once = formOf(text);
        expect(once === null ? null : formOf(once)).toBe(once);
      }),
    );
  });
});

test('a text keeps its lines and what joins its letters, and loses what surrounds it', () => {
  expect(readText('name', '\u200b two\n lines \ufeff', 200)).toBe('two\n lines');
  expect(readText('name', '👩\u200d🚀', 200)).toBe('👩\u200d🚀');
});

test('an error shows no half of an emoji', () => {
  expect(quote(`${'x'.repeat(79)}🎁`)).toBe(JSON.stringify(`${'x'.repeat(79)}\ufffd`));
});

describe('a fact', () => {
  test('of the past stays as it is, and one a little ahead is held to now', () => {
    expect(readPastInstant('at', minutes(-1), NOW)).toEqual(minutes(-1));
    expect(readPastInstant('at', minutes(4), NOW)).toEqual(NOW);
    expect(checkPast(minutes(5).getTime(), NOW)).toBeNull();
  });

  test.each([
    minutes(6),
    new Date('2099-01-01'),
    new Date(8.64e15),
    new Date(-8.64e15),
    new Date(Number.NaN),
  ])('at %s is refused', (at) => {
    expect(() => readPastInstant('at', at, NOW)).toThrow(InvalidInputError);
  });

  test('must lie between 1900 and 2200', () => {
    expect(() => readInstant('at', new Date('1899-12-31'))).toThrow('between 1900 and 2200');
    expect(readInstant('at', new Date('2200-01-01'))).toEqual(new Date('2200-01-01'));
  });
});

describe('a JSON object', () => {
  test.each([
    [{ a: ['cut \ud83d'] }, 'half a surrogate pair'],
    [{ a: { 'key\udc00': 1 } }, 'half a surrogate pair'],
    [{ a: '\0' }, 'U+0000'],
    [{ '\u0001': 1 }, 'U+0001'],
    [JSON.parse('{"a": [1e400]}'), 'finite numbers, got Infinity'],
    [[], 'a JSON object, got []'],
    ['text', 'a JSON object, got "text"'],
    [null, 'a JSON object, got null'],
    [JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`), 'nested at most 20 deep'],
    [{ a: 'x'.repeat(200) }, 'at most 100 bytes of JSON, got 208'],
  ])('such as %j is refused: %s', (value, message) => {
    expect(() => readJsonObject('properties', value, 100)).toThrow(message);
  });

  test('is kept as the database will give it back', () => {
    expect(readJsonObject('properties', { a: undefined, b: [1, '🎁'] }, 100)).toEqual({ b: [1, '🎁'] });
  });
});

describe('a country', () => {
  test.each([
    ['GB', 'gb', 'UK', ' United Kingdom ', 'united kingdom', 'GBR', 'U.K.', 'Great Britain', 'England'],
    ['GR', 'EL', 'Greece', 'GRC', 'Hellas'],
    ['IE', 'EIRE', 'Ireland', 'Republic of Ireland'],
    ['US', 'USA', 'U.S.A.', 'United States', 'the United States of America'],
    ['ZA', 'RSA', 'South Africa', 'Republic of South Africa'],
    ['CI', 'Ivory Coast', "Côte d'Ivoire", 'COTE D’IVOIRE'],
    ['CZ', 'Czech Republic', 'Czechia', 'Česko'],
    ['DE', 'Deutschland', 'Germany', 'Allemagne'],
    ['CD', 'Democratic Republic of the Congo', 'DR Congo'],
    ['CG', 'Republic of the Congo'],
    ['KR', 'South Korea', 'Korea, Republic of'],
    ['KP', "Korea, Democratic People's Republic of"],
    ['LC', 'Saint Lucia', 'St. Lucia'],
    ['BA', 'Bosnia & Herzegovina', 'Bosnia and Herzegovina'],
    ['NE', 'Niger'],
    ['NG', 'Nigeria'],
  ])('is %s by any of its names', (code, ...names) => {
    expect(names.map(findCountry)).toEqual(names.map(() => code));
  });

  test.each([
    'XX',
    'ZZ',
    'EU',
    'ABC',
    'European Community',
    'Channel Islands',
    'Unspecified',
    'Atlantis',
    '??',
  ])('is not %s', (text) => {
    expect(() => readCountry('country', text)).toThrow(`such as GB or United Kingdom, got "${text}"`);
  });
});
