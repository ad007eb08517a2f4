import { describe, expect, test } from 'vitest';

import { isEmbedded, prepareConnections } from './connections.ts';

describe.skipIf(isEmbedded)('a connection for batched queries', () => {
  const { open } = prepareConnections();

  test('answers each of the batched queries of a turn with its own rows', async () => {
    const connection = open();

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        connection.queryBatched(`select $1::int as place, ${index % 7} as text`, [index], index % 3 > 0),
      ),
    );

    expect(answers).toEqual(answers.map((_, index) => [{ place: index, text: index % 7 }]));
    expect(connection.load).toBe(0);
  });

  test('fails those alone that the server refuses, wherever they stand in a turn', async () => {
    const connection = open();
    const divide = (by: number) => connection.queryBatched('select 12 / $1::int as result', [by], true);
    await divide(1);

    const answers = await Promise.allSettled([
      divide(0),
      divide(2),
      connection.queryBatched('select nonsense', [], true),
      divide(3),
      connection.queryBatched('select $1::timestamptz', ['nonsense'], true),
      connection.queryBatched('select 1 / $1::int', [0], false),
      divide(4),
    ]);

    expect(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.code)),
    ).toEqual(['22012', [{ result: 6 }], '42703', [{ result: 4 }], undefined, '22012', [{ result: 3 }]]);
    expect(connection.load).toBe(0);
  });

  test('goes on when the tables under a prepared statement change, or the server forgets it', async () => {
    const connection = open();
    const read = () => connection.queryBatched('select * from shape where id = $1', [1], true);
    const change = (text: string) => connection.queryBatched(text, [], false);
    await change('create temp table shape (id int, value int)');
    await change('insert into shape values (1, 2)');
    expect(await read()).toEqual([{ id: 1, value: 2 }]);

    await change('alter table shape add column more text');
    expect(await Promise.all([read(), read()])).toEqual([
      [{ id: 1, value: 2, more: null }],
      [{ id: 1, value: 2, more: null }],
    ]);

    await change(`alter table shape alter column value type timestamptz using '2026-01-31'`);
    expect(await read()).toEqual([{ id: 1, value: new Date('2026-01-31'), more: null }]);

    await change('deallocate all');
    expect(await Promise.all([read(), read()])).toHaveLength(2);

    await change('drop table shape');
    await expect(read()).rejects.toMatchObject({ code: '42P01', name: 'PostgresError' });
  });

  test('keeps no statement that is not to be kept, whether it ran or failed', async () => {
    const connection = open();

    await Promise.allSettled([
      connection.queryBatched('/* one */ select 1 / $1::int', [0], false),
      connection.queryBatched('/* two */ select $1::int', [1], false),
      connection.queryBatched('/* three */ select $1::int', ['x'], false),
    ]);
    await connection.queryBatched('/* four */ select $1::timestamptz', ['nonsense'], false).catch(() => {});
    const kept = await connection.queryBatched(
      '/* five */ select statement from pg_prepared_statements',
      [],
      true,
    );

    expect(kept).toEqual([{ statement: '/* five */ select statement from pg_prepared_statements' }]);
  });

  test(
    'reads rows of many megabytes, many rows, and characters that are cut in two',
    { timeout: 60_000 },
    async () => {
      const connection = open();

      const [wide, many, [cut]] = await Promise.all([
        connection.queryBatched(`select repeat('é', 25000000) as text`, [], true) as Promise<
          { text: string }[]
        >,
        connection.queryBatched(`select n, n || '€😀' as text from generate_series(1, 50000) n`, [], true),
        connection.queryBatched(
          `select array_agg(repeat('é€😀', 7) order by n) as texts from generate_series(1, 20000) n`,
          [],
          true,
        ) as Promise<{ texts: string[] }[]>,
      ]);

      expect(wide[0]!.text.length).toBe(25_000_000);
      expect(/^é*$/.test(wide[0]!.text)).toBe(true);
      expect(many).toEqual(
        Array.from({ length: 50_000 }, (_, index) => ({ n: index + 1, text: `${index + 1}€😀` })),
      );
      expect(new Set(cut!.texts)).toEqual(new Set(['é€😀'.repeat(7)]));
    },
  );

  test('gives bytes that stay as they are while others are read', async () => {
    const connection = open();
    const read = (value: number) =>
      connection.queryBatched(
        `select decode(repeat($1::text, 5000), 'hex') as bytes`,
        [value.toString(16)],
        true,
      ) as Promise<{ bytes: Buffer }[]>;

    const [first] = await read(0xaa);
    await read(0xbb);

    expect(first!.bytes.equals(Buffer.alloc(5_000, 0xaa))).toBe(true);
  });

  test('takes parameters longer than its buffer', async () => {
    const text = 'ü'.repeat(2_000_000);

    expect(await open().queryBatched('select md5($1::text) = md5($2) as same', [text, text], true)).toEqual([
      { same: true },
    ]);
  });
});
