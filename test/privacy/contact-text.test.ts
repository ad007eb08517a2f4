import { cutContacts, cutContactsOfJson, namesContact } from '#customers/contact-data/contact-text.ts';
import { assert, dictionary, integer, property, string, stringMatching } from 'fast-check';
import { expect, test } from 'vitest';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each([
  ['plain', 'ann.lee@example.com'],
  ['in other case', 'ANN.LEE@EXAMPLE.COM'],
  ['in a sentence', 'gift for ann.lee@example.com please'],
  ['with a plus', 'ann.lee+news@example.com'],
  ['with an apostrophe', "o'ann.lee@example.com"],
  ['in angle brackets', 'Ann <ann.lee@example.com>'],
  ['as a link', 'mailto:ann.lee@example.com?subject=x'],
  ['per cent encoded', 'q=ann.lee%40example.com&page=2'],
  ['per cent encoded twice', 'q=ann.lee%2540example%252Ecom'],
  ['as a number entity', 'ann.lee&#64;example.com'],
  ['as a hexadecimal entity', 'ann.lee&#x40;example&#x2e;com'],
  ['as a named entity', 'ann.lee&commat;example&period;com'],
  ['as an escape of JSON', String.raw`ann.lee\u0040example.com`],
  ['as an escape of JSON in JSON', String.raw`{\"q\":\"ann.lee\\u0040example.com\"}`],
  ['quoted', '"ann.lee lee"@example.com'],
  ['quoted, in JSON', JSON.stringify(JSON.stringify({ to: '"ann.lee lee"@example.com' }))],
  ['full-width', 'ann.lee＠example．com'],
  ['full-width throughout', 'ａｎｎ．ｌｅｅ＠ｅｘａｍｐｌｅ．ｃｏｍ'],
  ['full-width, per cent encoded', encodeURIComponent('ann.lee＠example.com')],
  ['with an ideographic full stop', 'ann.lee@example。com'],
  ['with an invisible character', 'ann.lee\u200b@\u2060example.com'],
  ['with a soft hyphen', 'ann.\u00adlee@exam\u00adple.com'],
  ['with blanks', 'ann.lee @ example.com'],
  ['written out', 'ann.lee (at) example [dot] com'],
  ['quoted-printable', 'ann.lee=40example.com'],
  ['in base64', `token ${base64('ann.lee@example.com')} end`],
  ['in base64 of JSON', base64(JSON.stringify({ sub: 'ann.lee@example.com' }))],
  [
    'in a token',
    `eyJhbGciOiJub25lIn0.${Buffer.from('{"email":"ann.lee@example.com"}').toString('base64url')}.c2ln`,
  ],
  ['of another script', 'иван@пример.рф', 'иван'],
  ['at an address', 'ann.lee@[192.0.2.1]'],
  ['beside another one', 'bob@example.com,ann.lee@example.com;eve@example.com'],
])('cuts out an e-mail address %s', (_, text, marker = 'lee') => {
  const cut = cutContacts(text);

  expect(cut).toContain('[e-mail]');
  expect(cut.normalize('NFKC').toLowerCase()).not.toContain(marker);
  expect(cut).not.toContain(base64('ann.lee').slice(0, 8));
});

test.each([
  ['in international form', '+44 20 7946 0018'],
  ['without blanks', '+442079460018'],
  ['with a trunk zero', '+44 (0) 20 7946 0018'],
  ['with points', '+44.20.7946.0018'],
  ['with zeros for the plus', '0044 20 7946 0018'],
  ['per cent encoded', 'tel=%2B442079460018'],
  ['full-width', '＋４４ ２０ ７９４６ ００１８'],
  ['as a link', 'tel:+44-20-7946-0018'],
  ['in national form', '020 7946 0018'],
  ['in national form with parentheses', '(020) 7946 0018'],
  ['in American form', '212-794-0018'],
  ['in a sentence', 'call me on +44 20 7946 0018 today'],
])('cuts out a phone number %s', (_, text) => {
  const cut = cutContacts(text);

  expect(cut).toContain('[phone]');
  expect(cut).not.toMatch(/0018|００１８/);
});

test.each([
  'red mug',
  'T-shirt, size M, 2 @ 12.50 each',
  '2026-01-31T12:00:00.000Z',
  '018f0000-0000-7000-8000-000000000000',
  '5901234123457',
  'ORDER-2026-000123456',
  '85123A',
  '50 % off & more',
  '52.5200, 13.4050',
  '192.168.0.100',
  '+12.5',
  '1,234,567.89',
  'https://shop.example/p/85123A?page=2&utm_source=x%20y',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0.0.0',
  'QmFzZTY0IHdpdGhvdXQgYW55dGhpbmc=',
  '@home',
  'Müller & Söhne',
  // Their last groups are numbers of Germany and Korea.
  '36346f32-1e6c-4dc5-9661-004952841963',
  'order a05b64e9-0082-4922-9fb0-e6ad66263277 of 00841392-2854-4bf4-90e1-da12fa2f540d',
])('leaves %j as it is', (text) => {
  expect(cutContacts(text)).toBe(text);
});

test('cuts a phone number and an address beside a UUID', () => {
  const id = '36346f32-1e6c-4dc5-9661-004952841963';

  expect(cutContacts(`${id} +44 20 7946 0018 ${id}`)).toBe(`${id} [phone] ${id}`);
  expect(cutContacts(`${id}@example.com`)).toBe('[e-mail]');
});

test('cuts keys, nested values and what a key says to be contact data, and leaves the rest', () => {
  const properties = {
    query: 'red mug',
    'ann@example.com': 1,
    'bob@example.com': { deep: [{ to: 'eve@example.com' }] },
    phone: '7946 0018',
    mobile_number: 442_079_460_018,
    Email: 'ann at example',
    first_name: 'Ann',
    name: 'Red mug',
    price: 12.5,
    isNew: true,
    nothing: null,
  };

  expect(cutContactsOfJson(properties)).toEqual({
    query: 'red mug',
    '[e-mail]': 1,
    '[e-mail] 2': { deep: [{ to: '[e-mail]' }] },
    phone: '[phone]',
    mobile_number: '[phone]',
    Email: '[e-mail]',
    first_name: '[name]',
    name: 'Red mug',
    price: 12.5,
    isNew: true,
    nothing: null,
  });
});

test('finds nothing more in what it has cut, and keeps any JSON that holds no contact data', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 200 }), (text) => {
      const once = cutContacts(text);
      expect(cutContacts(once)).toBe(once);
    }),
  );
  assert(
    property(dictionary(stringMatching(/^[a-z]{1,8}$/), integer({ min: 0, max: 99_999 })), (json) => {
      expect(JSON.stringify(cutContactsOfJson(json))).toBe(JSON.stringify(json));
    }),
  );
});

test('takes time in proportion to the text, whatever stands in it', () => {
  for (const part of ['a', '1', '@', '%40', '+1', '&#64;', '("', 'a@', 'a.', '\\u0040', 'YW5u']) {
    const startedAt = performance.now();
    cutContacts(part.repeat(65_536 / part.length));
    // 64 KiB; a step for each pair of places would take minutes.
    expect({ part, isFast: performance.now() - startedAt < 3_000 }).toEqual({ part, isFast: true });
  }
});

test.each([
  'email',
  'e-mail',
  'secondEmail',
  'phone_number',
  'Mobile',
  'work phone 2',
  'first_name',
  'postal_address',
])('knows that %s names contact data', (name) => {
  expect(namesContact(name)).toBe(true);
});

test.each([
  'email_opens',
  'phone_model',
  'Churn',
  'tenure',
  'PhoneService',
  'name',
  'mobile_app_version',
  'hotel',
])('knows that %s names none', (name) => {
  expect(namesContact(name)).toBe(false);
});
