import { encodeCursor, readPage } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import { describe, expect, test } from 'vitest';

interface Row {
  readonly at: Date;
  readonly id: string;
}

const LOW = '00000000-0000-0000-0000-000000000000';
const HIGH = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const ID = '0190d9a0-0000-7000-8000-000000000001';
const newest = keyset<Row>(
  'rows.newest',
  [
    ['r.at', 'instant', ({ at }) => at],
    ['r.id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

describe('an order of bounded types', () => {
  test('is one range between two bounds, read from either end', () => {
    const write = newest.texts(({ where, orderBy, limit }) => `${where} order by ${orderBy} limit ${limit}`);

    expect(write(readPage({ first: 5 }, newest.order))).toBe(
      '(r.at, r.id) < ($2::timestamptz, $3::uuid) and (r.at, r.id) > ($4::timestamptz, $5::uuid)' +
        ' order by r.at desc, r.id desc limit $6',
    );
    expect(write(readPage({ last: 5 }, newest.order))).toContain('order by r.at asc, r.id asc');
  });

  test('binds the cursors where there are some, and the ends of the order where not', () => {
    const row = { at: new Date('2026-05-01T00:00:00Z'), id: ID };
    const after = encodeCursor(newest.order.name, newest.cursorOf(row));

    expect(newest.bind(readPage({ first: 5, after }, newest.order))).toEqual([
      '2026-05-01T00:00:00.000Z',
      ID,
      '0001-01-01T00:00:00Z',
      LOW,
      6,
    ]);
    expect(newest.bind(readPage({ first: 5 }, newest.order)).slice(0, 2)).toEqual([
      '9999-12-31T00:00:00Z',
      HIGH,
    ]);
  });
});

test('an order that begins with a text has no bound above', () => {
  const byName = keyset<{ name: string }>('rows.name', [['name', 'text', ({ name }) => name]], {
    firstParameter: 1,
  });
  const page = readPage({ first: 1 }, byName.order);

  expect(byName.textOf(page).where).toBe('name > $1::text and ($2::text is null or name < $2::text)');
  expect(byName.bind(page)).toEqual(['', null, 2]);
});

describe('a cursor is refused', () => {
  const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

  test.each([
    ['of another order', encodeCursor('rows.oldest', ['2026-05-01T00:00:00Z', ID])],
    ['of an earlier version', cursor('rows.newest', '2026-05-01T00:00:00Z', ID)],
    ['of a later version', cursor(3, 'rows.newest', '2026-05-01T00:00:00Z', ID)],
    ['with a value that its column cannot hold', encodeCursor('rows.newest', ['soon', ID])],
    ['that is cut short', encodeCursor('rows.newest', ['2026-05-01T00:00:00Z', ID]).slice(0, -4)],
  ])('%s', (_, after) => {
    expect(() => readPage({ first: 5, after }, newest.order)).toThrow('`after` is not a cursor of this list');
  });
});
