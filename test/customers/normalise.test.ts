import { maskEmail, maskName, maskPhone } from '#customers/contact-data/masking.ts';
import { normaliseEmail, normaliseLanguage, normalisePhone } from '#customers/normalise.ts';
import { readText } from '#platform/input/text.ts';
import { assert, emailAddress, property, string } from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  [' Ann@Example.COM\n', 'ann@example.com'],
  ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@XN--BCHER-KVA.example', 'ann@xn--bcher-kva.example'],
  // The same letter as one character and as two.
  ['rene\u0301@example.com', 'ren\u00e9@example.com'],
  ["o'neill+news_2@sub.example.co.uk", "o'neill+news_2@sub.example.co.uk"],
])('brings the e-mail %j to one form', (text, normalised) => {
  expect(normaliseEmail('email', text)).toBe(normalised);
});

test('leaves an e-mail that is in its form as it is', () => {
  assert(
    property(emailAddress(), (email) => {
      const once = normaliseEmail('email', email);
      expect(normaliseEmail('email', once)).toBe(once);
    }),
  );
});

test.each([
  'ann',
  '@example.com',
  'ann@',
  'ann@example',
  'ann@-a.example',
  'a b@example.com',
  'a@b@c.example',
  'ann@1.2',
])('refuses %j for an e-mail', (text) => {
  expect(() => normaliseEmail('email', text)).toThrow('expected an e-mail address');
});

test.each([
  ['020 7946 0018', 'GB', '+442079460018'],
  ['+44 (0)20 7946-0018', null, '+442079460018'],
  ['+44 20 7946 0018', 'FR', '+442079460018'],
  ['06 12 34 56 78', 'FR', '+33612345678'],
  ['(212) 555-0123', 'US', '+12125550123'],
])('reads the phone number %j of %s as %s', (text, country, expected) => {
  expect(normalisePhone('phone', text, country)).toBe(expected);
});

test.each([
  ['001 212 555 0123', 'US'],
  ['020 7946 0018', 'Atlantis'],
  ['12', 'GB'],
  ['+44 20 7946 0018 call after six', null],
])('refuses %j of %s for a phone number', (text, country) => {
  expect(() => normalisePhone('phone', text, country)).toThrow('phone number');
});

test('takes any text without control characters, trimmed and in NFC', () => {
  const lines = string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  assert(
    property(lines, (line) => {
      expect(readText('name', ` ${line}!\n`, 400)).toBe(`${line.normalize('NFC').trimStart()}!`);
    }),
  );
});

test.each(['\0', 'a\0', '\u001b[31m', 'a\u007fb', 'a\ud83d', '\udc00', '', ' \n\t ', 'x'.repeat(201)])(
  'refuses the text %j',
  (text) => {
    expect(() => readText('name', text, 200)).toThrow('expected');
  },
);

test('writes a language tag in its canonical form', () => {
  expect(normaliseLanguage('language', 'PT_br')).toBe('pt-BR');
  expect(() => normaliseLanguage('language', 'english please')).toThrow('expected a BCP 47 language tag');
});

test.each([
  [maskName, 'Ann-Marie O’Neill', 'A. O.'],
  [maskName, '王小明', '王.'],
  [maskName, '🙂', '…'],
  [maskEmail, 'bob@example.com', 'b…@e…'],
  [maskPhone, '+442079460018', '+44 … 18'],
  [maskPhone, '+12125550123', '+1 … 23'],
])('masks by %o: %s as %s', (mask, value, masked) => {
  expect(mask(value)).toBe(masked);
});
