import { createOwnContactCut } from '#customers/contact-data/own-contacts.ts';
import { expect, test } from 'vitest';

const cut = createOwnContactCut([
  { kind: 'name', value: 'Ann-Marie O’Neill' },
  { kind: 'email', value: 'a.oneill77@example.com' },
  { kind: 'phone', value: '+442079460018' },
  { kind: 'address', value: '12 High Street\nLeeds' },
]);

test.each([
  ['their name', 'Ann-Marie O’Neill', '[name]'],
  ['in capitals', 'ANN MARIE O NEILL', '[name]'],
  ['in other order', 'O’NEILL, Ann-Marie', '[name]'],
  ['a part of it alone', 'neill', '[name]'],
  ['within a sentence', 'gift from ann marie o’neill with love', '[name]'],
  ['the local part of the e-mail', 'A.ONeill77', '[e-mail]'],
  ['the phone as digits', '442079460018', '[phone]'],
  ['the phone as at home', '02079460018', '[phone]'],
  ['within another text', 'tel 442079460018 x', 'tel [phone] x'],
  ['a line of the address', 'send to 12, High Street', '[address]'],
])('cuts out %s', (_, text, rest) => {
  expect(cut(text)).toBe(rest);
});

test.each(['red mug', 'Hann Leeds', '4711', '5901234123457', '2026-01-31', '', 'GB'])('leaves %j', (text) => {
  expect(cut(text)).toBe(text);
});
