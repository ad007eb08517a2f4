import { openPostgres } from '#platform/database/postgres.ts';
import { describe, expect, test } from 'vitest';

const url = process.env['TEST_DATABASE_URL'];
const owner = { caller: 'test', signal: new AbortController().signal };

describe.skipIf(process.env['TEST_ENGINE'] !== 'postgres')('batched queries on a server', () => {
  test('have the settings of the process and of its URL, and those for batched queries', async () => {
    const db = await openPostgres({
      url: `${url}?search_path=pg_catalog&enable_mergejoin=on`,
      poolSize: 2,
      statementTimeoutMs: 500,
    });
    const show = (name: string) =>
      db.forRequest(owner).queryBatched(`select current_setting('${name}') as value`);

    expect(
      await Promise.all(
        ['application_name', 'TimeZone', 'jit', 'plan_cache_mode', 'search_path', 'enable_mergejoin'].map(
          show,
        ),
      ),
    ).toEqual(['c360', 'UTC', 'off', 'force_generic_plan', 'pg_catalog', 'on'].map((value) => [{ value }]));
    await expect(db.forRequest(owner).queryBatched('select pg_sleep(5)')).rejects.toMatchObject({
      code: '57014',
    });
    expect(await show('jit')).toEqual([{ value: 'off' }]);
    await db.close();
  });

  test('go through the pool where the URL wants nothing prepared', async () => {
    const db = await openPostgres({ url: `${url}?prepare=false`, poolSize: 3, statementTimeoutMs: 1_000 });

    const rows = await db
      .forRequest(owner)
      .queryBatched('select statement from pg_prepared_statements where $1', [true]);

    expect([...rows]).toEqual([]);
    await db.close();
  });
});
