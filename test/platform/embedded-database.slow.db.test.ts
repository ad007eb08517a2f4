import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { StatementOwner } from '#platform/database/database.ts';
import { openBesideGateway, openPglite, type PgliteDatabase } from '#platform/database/pglite.ts';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const isEmbedded = process.env['TEST_ENGINE'] !== 'postgres';
/** Takes minutes unless it is cancelled. */
const ENDLESS = 'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b';

function owner(signal: AbortSignal): StatementOwner {
  return { caller: 'test', signal };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe.runIf(isEmbedded)('the embedded database', () => {
  let db: PgliteDatabase;
  beforeAll(async () => {
    db = await openPglite({
      folder: null,
      load: new Blob([await readFile(inject('template'))]),
      statementTimeoutMs: 1_500,
    });
    await db.execute('create table notes (id int primary key, text text)');
  });
  afterEach(() => db.execute('delete from notes'));
  afterAll(() => db.close());

  test('gives values of every type as the server does', async () => {
    const text = `select 1 as int, 9007199254740991 as big, 1.50::numeric as exact, 0.5::float8 as float, true as yes,
      'ä€😀' as text, null as nothing, '\\x00ff'::bytea as bytes, '{"a": [1]}'::jsonb as json,
      timestamptz '2026-01-02 03:04:05.678+00' as at, date '2026-01-02' as day, '{1,2}'::int[] as ints,
      array['a,"b', null] as texts, array[1.5]::numeric[] as exacts, $1::uuid[] as ids, $2::text[] as names`;
    const id = '0199a7a4-0000-7000-8000-000000000001';

    const [row] = await db.query(text, [[id], ['x', 'y"z']]);

    expect(row).toEqual({
      int: 1,
      big: 9_007_199_254_740_991,
      exact: '1.50',
      float: 0.5,
      yes: true,
      text: 'ä€😀',
      nothing: null,
      bytes: Buffer.from([0, 255]),
      json: { a: [1] },
      at: new Date('2026-01-02T03:04:05.678Z'),
      day: new Date('2026-01-02T00:00:00Z'),
      ints: [1, 2],
      texts: ['a,"b', null],
      exacts: ['1.5'],
      ids: [id],
      names: ['x', 'y"z'],
    });
  });

  test('tells code, position and detail of an error', async () => {
    await db.query("insert into notes values (1, 'a')");

    await expect(db.query('selec 1')).rejects.toMatchObject({ code: '42601', position: '1' });
    await expect(db.query("insert into notes values (1, 'b')")).rejects.toMatchObject({
      code: '23505',
      detail: 'Key (id)=(1) already exists.',
      constraint_name: 'notes_pkey',
    });
    expect(await db.query('select 1 as still')).toEqual([{ still: 1 }]);
  });

  test('has statements on their own wait for the transaction that is open', async () => {
    const seen: string[] = [];
    const transaction = db.transaction(async (open) => {
      await open.query("insert into notes values (1, 'a')");
      await pause(100);
      seen.push('transaction');
      await open.query("insert into notes values (2, 'b')");
    });
    await pause(20);
    const count = db.query<{ count: number }>('select count(*) from notes').then((rows) => {
      seen.push('statement');
      return rows;
    });

    await transaction;

    expect(await count).toEqual([{ count: 2 }]);
    expect(seen).toEqual(['transaction', 'statement']);
  });

  test('undoes an inner transaction alone, and an outer one whole', async () => {
    await db.transaction(async (outer) => {
      await outer.query("insert into notes values (1, 'kept')");
      const inner = outer.transaction(async (open) => {
        await open.query("insert into notes values (2, 'undone')");
        throw new Error('inner');
      });
      await expect(inner).rejects.toThrow('inner');
    });
    const failing = db.transaction(async (open) => {
      await open.query("insert into notes values (3, 'undone')");
      throw new Error('outer');
    });

    await expect(failing).rejects.toThrow('outer');

    expect(await db.query('select id from notes order by id')).toEqual([{ id: 1 }]);
  });

  test('copies rows in, and none of a file with a bad one', async () => {
    await db.copyIn('copy notes from stdin', ['1\ta\n', Buffer.from('2\tä\n')]);

    await expect(db.copyIn('copy notes from stdin', ['3\tc\n', 'no number\td\n'])).rejects.toMatchObject({
      code: '22P02',
    });

    expect(await db.query('select id, text from notes order by id')).toEqual([
      { id: 1, text: 'a' },
      { id: 2, text: 'ä' },
    ]);
  });

  test('leaves no transaction open behind a script that failed in the middle of one', async () => {
    await expect(db.execute('begin; select 1/0; commit')).rejects.toMatchObject({ code: '22012' });

    expect(await db.query('select 1 as still')).toEqual([{ still: 1 }]);
  });

  test('hears what is notified until told to stop', async () => {
    const heard: string[] = [];
    const stop = await db.listen('test_channel', (payload) => heard.push(payload));

    await db.query("select pg_notify('test_channel', 'first')");
    await vi.waitFor(() => expect(heard).toEqual(['first']));
    await stop();
    await db.query("select pg_notify('test_channel', 'second')");
    await db.query('select 1');

    expect(heard).toEqual(['first']);
  });

  test('leaves the loop of events to others while a statement runs', async () => {
    const busy = db.query('select count(*) from generate_series(1, 3000000)');
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);

    await busy;
    clearInterval(timer);

    expect(turns).toBeGreaterThan(5);
  });

  test('cancels the statement that runs, forgets those that wait, and hits no other', async () => {
    const leaving = new AbortController();
    const request = db.forRequest(owner(leaving.signal));
    const startedAt = performance.now();
    const running = request.query(ENDLESS);
    const waiting = request.query("insert into notes values (9, 'never')");
    const other = db.query('select 1 as other');
    const ended = Promise.allSettled([running, waiting]);
    await pause(100);

    leaving.abort(new Error('left'));

    expect(await ended).toMatchObject([{ reason: { message: 'left' } }, { reason: { message: 'left' } }]);
    expect(await other).toEqual([{ other: 1 }]);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await db.query('select id from notes')).toEqual([]);
  });

  test('cancels no later statement, however closely one ends', async () => {
    for (let i = 0; i < 200; i += 1) {
      const leaving = new AbortController();
      const short = db.forRequest(owner(leaving.signal)).query('select 1');
      const after = db.query('select $1::int as i', [i]);
      if (i % 3 === 0) await pause(0);

      leaving.abort(new Error('left'));

      await short.catch(() => {});
      expect(await after).toEqual([{ i }]);
    }
  });

  test('ends a statement of a request at its limit, and no statement of a job', async () => {
    const request = db.forRequest(owner(new AbortController().signal));

    await expect(request.query(ENDLESS)).rejects.toMatchObject({ code: '57014' });
    const slow = db.query<{ slept: string }>('select pg_sleep(2)::text as slept');

    expect(await slow).toEqual([{ slept: '' }]);
  });

  test('undoes the transaction of which a statement was cancelled', async () => {
    const leaving = new AbortController();
    const request = db.forRequest(owner(leaving.signal));
    const transaction = request.transaction(async (open) => {
      await open.query("insert into notes values (1, 'undone')");
      await open.query(ENDLESS);
    });
    const ended = transaction.catch((error: unknown) => error);
    await pause(200);

    leaving.abort(new Error('left'));
    expect(await ended).toMatchObject({ message: 'left' });
    expect(await db.query('select id from notes')).toEqual([]);
  });

  test('starts from what it dumps', async () => {
    await db.query("insert into notes values (1, 'dumped')");

    const copy = await openPglite({ folder: null, load: await db.dump() });

    expect(await copy.query('select text from notes')).toEqual([{ text: 'dumped' }]);
    await copy.close();
    await expect(copy.query('select 1')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  describe('beside the process that holds it', () => {
    let folder: string;
    let sharing: Awaited<ReturnType<PgliteDatabase['share']>>;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'c360-shared-'));
      sharing = await db.share(folder);
    });
    afterAll(async () => {
      await sharing.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function openBeside() {
      const beside = await openBesideGateway(folder);
      if (beside === null) throw new Error('no gateway');
      return beside;
    }

    test('is for its owner alone', async () => {
      expect((await stat(join(folder, 'gateway.sock'))).mode & 0o777).toBe(0o600);
    });

    test('takes statements, transactions, rows in bulk and notifications of several commands', async () => {
      const [first, second] = await Promise.all([openBeside(), openBeside()]);
      const heard: string[] = [];
      await second.listen('beside', (payload) => heard.push(payload));
      await first.transaction(async (open) => {
        await open.copyIn('copy notes from stdin', ['1\ta\n2\tb\n']);
        await open.query("select pg_notify('beside', 'copied')");
      });

      const rows = await second.query('select id from notes order by id');
      await vi.waitFor(() => expect(heard).toEqual(['copied']));
      await Promise.all([first.close(), second.close()]);

      expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
      await vi.waitFor(async () =>
        expect(
          await db.query("select name from pg_prepared_statements where name like 'c360\\__%\\_%'"),
        ).toEqual([]),
      );
    });

    test('is rolled back and unlocked when a command ends in the middle', async () => {
      const leaving = await openBeside();
      const left = leaving
        .withLock('shared.lock', () =>
          leaving.transaction(async (open) => {
            await open.query("insert into notes values (1, 'undone')");
            await leaving.close();
            await open.query("insert into notes values (2, 'never')");
          }),
        )
        .catch((error: unknown) => error);

      expect(await left).toMatchObject({ name: 'GatewayEndedError' });
      expect(await db.withLock('shared.lock', () => db.query('select id from notes'))).toEqual([]);
    });

    test('gives a lock to one command at a time', async () => {
      const [first, second] = await Promise.all([openBeside(), openBeside()]);

      const answers = await first.withLock('one', async () => [
        await second.tryWithLock('one', async () => 'second'),
        await db.tryWithLock('one', async () => 'holder'),
      ]);

      expect(answers).toEqual([null, null]);
      await vi.waitFor(async () =>
        expect(await second.tryWithLock('one', async () => 'second')).toBe('second'),
      );
      await Promise.all([first.close(), second.close()]);
    });

    test('is found under a path that is too long for a socket', async () => {
      const long = await mkdtemp(join(folder, 'x'.repeat(120)));
      const other = await db.share(long);

      const beside = await openBesideGateway(long);

      expect(await beside?.query('select 1 as found')).toEqual([{ found: 1 }]);
      await beside?.close();
      await other.close();
      expect(await openBesideGateway(long)).toBeNull();
    });

    test('tells a command that the gateway ended', async () => {
      const place = await mkdtemp(join(folder, 'ending-'));
      const ending = await db.share(place);
      const beside = await openBesideGateway(place);
      const asked = beside!.query('select pg_sleep(2)').catch((error: unknown) => error);
      await pause(50);

      await ending.close();

      expect(await asked).toMatchObject({ name: 'GatewayEndedError' });
    });
  });
});
