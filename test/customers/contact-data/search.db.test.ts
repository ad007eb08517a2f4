import { searchCondition, searchTokens } from '#customers/contact-data/search.ts';
import { mergeCustomers, upsertCustomers } from '#customers/service.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
const people = [
  { key: 'ann', name: 'Ann-Marie O’Neill', email: 'ann.smith+news@example.com', phone: '+44 20 7946 0018' },
  { key: 'jose', name: 'José García Ñandú', email: 'jose@correo.example', phone: '+34 912 345 678' },
  { key: 'anders', name: 'Anders Björk', email: 'a.bjork@exam.ple.example', phone: null },
  { key: 'wang', name: '王小明', email: 'wang1984@example.com', phone: null },
  { key: 'long', name: 'Hubert Wolfeschlegelsteinhausen', email: 'w@long.example', phone: null },
] as const;
const idByKey = new Map<string, string>();

beforeAll(async () => {
  app = await openTestApp();
  const outcomes = await upsertCustomers(
    app,
    people.map(({ key, ...person }) => ({
      identities: [{ kind: 'external', source: 'crm', value: key }],
      ...person,
    })),
  );
  for (const [index, { key }] of people.entries()) idByKey.set(key, outcomes[index]!.customerId);
});
afterAll(() => app.close());

/** Keys of the people found; null where the text holds nothing to search by. */
async function find(text: string): Promise<string[] | null> {
  const tokens = searchTokens(app.keyring, text);
  if (tokens === null) return null;
  const rows = await app.db.query<{ id: string }>(
    `select c.id from customers c where ${searchCondition('$1')} order by c.id`,
    [tokens],
  );
  const found = new Set(rows.map(({ id }) => id));
  return people.map(({ key }) => key).filter((key) => found.has(idByKey.get(key)!));
}

test.each([
  ['the beginning of a first name', 'an', ['ann', 'anders']],
  ['the beginning of any word of a name', 'gar', ['jose']],
  ['a part of a double name', 'marie', ['ann']],
  ['words in any order', 'neill ann', ['ann']],
  ['other case and no accents', 'JOSE nandu', ['jose']],
  ['accents where the search has them', 'björk', ['anders']],
  ['a name in another script', '王小', ['wang']],
  ['a whole e-mail', 'Ann.Smith+news@EXAMPLE.com', ['ann']],
  ['a word of the part before the @', 'smi', ['ann']],
  ['the beginning of a domain', '@exam', ['ann', 'anders', 'wang']],
  ['the beginnings of both parts of an e-mail', 'wang@exam', ['wang']],
  ['a name and a domain', 'anders @exam', ['anders']],
  ['a phone number as written', '+44 20 7946 0018', ['ann']],
  ['a phone number without its country', '(020) 7946-0018', ['ann']],
  ['the last four digits', '5678', ['jose']],
  ['a long word by its first ten letters', 'wolfeschlegelother', ['long']],
])('finds by %s', async (_, text, found) => {
  expect(await find(text)).toEqual(found);
});

test.each([
  ['the middle of a word', 'eill'],
  ['a misspelt word', 'andres'],
  ['one letter of a longer word', 'a jose'],
  ['part of a whole e-mail', 'smith@example.com'],
  ['the first digits of a phone number', '4420'],
  ['an external id', 'jose crm'],
  ['words of two people', 'anders garcia'],
])('does not find by %s', async (_, text) => {
  expect(await find(text)).toEqual([]);
});

test.each(['', '   ', '@', '!?', '123', '%_'])('says that %j holds nothing to search by', async (text) => {
  expect(await find(text)).toBeNull();
});

test('finds by the new name and no longer by the old one, and still by the e-mail', async () => {
  const identities = [{ kind: 'external', source: 'crm', value: 'jose' }] as const;

  await upsertCustomers(app, [{ identities, name: 'Pepe Pérez' }]);

  expect(await find('pepe perez')).toEqual(['jose']);
  expect(await find('garcia')).toEqual([]);
  expect(await find('jose@correo.example')).toEqual(['jose']);
});

test('finds who two people became by the e-mails of both', async () => {
  await mergeCustomers(app, idByKey.get('anders')!, idByKey.get('wang')!);

  expect(await find('wang1984@example.com')).toEqual(['anders']);
  expect(await find('a.bjork@exam.ple.example')).toEqual(['anders']);
  expect(await find('王小明')).toEqual([]);
});
