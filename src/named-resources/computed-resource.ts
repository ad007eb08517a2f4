/** Named resources that are computed in the background, with the states waiting, ready and failed. */
import { and, eq, getTableName, isNull } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';

import type { App } from '#platform/app.ts';
import { type RowOf, selectList } from '#platform/database/rows.ts';
import { DomainError } from '#platform/errors.ts';
import { enqueueJob, type JobDefinition } from '#platform/jobs.ts';

type ComputedTable = PgTable &
  Readonly<Record<'id' | 'key' | 'version' | 'status' | 'updatedAt' | 'archivedAt', PgColumn>>;

interface ComputedRow {
  readonly id: string;
  readonly key: string;
  /** Raised by each change, so that a result for an older version is discarded. */
  readonly version: number;
}

export interface ComputedResource {
  /**
   * Computes all that wait, one after the other; one that is changed meanwhile waits again. An error that a caller can
   * fix is stored in `failure`.
   * @returns keys of those that were computed
   */
  readonly computeWaiting: (app: App, signal?: AbortSignal) => Promise<string[]>;
  /** Marks every active one for a new computation. */
  readonly renew: (app: App) => Promise<void>;
  /** Enqueues the computation of those that wait. */
  readonly request: (app: App) => Promise<void>;
  readonly jobs: readonly JobDefinition[];
}

export interface ComputedOptions<Row> {
  /** For descriptions and the log, such as `cluster set`. */
  readonly noun: string;
  /** Prefix of jobs and of the lock, such as `clusters`. */
  readonly name: string;
  /** Cron expression of the recomputation of all. */
  readonly schedule: string;
  /** @returns why it cannot be computed; null if it was computed, or changed meanwhile */
  readonly compute: (app: App, row: Row, signal?: AbortSignal) => Promise<string | null>;
}

export function computedResource<Table extends ComputedTable>(
  table: Table,
  { noun, name, schedule, compute }: ComputedOptions<RowOf<Table>>,
): ComputedResource {
  type Row = RowOf<Table> & ComputedRow;
  const tableName = getTableName(table);
  // Its columns are known only by name.
  const updated: PgTable = table;
  const waitingText = `/* ${name}.waiting */
    select ${selectList(table, tableName)} from ${tableName}
    where status = 'waiting' and archived_at is null order by updated_at, id limit 1`;

  async function readWaiting(app: App): Promise<Row | undefined> {
    const [row] = await app.db.query<Row>(waitingText);
    return row;
  }

  async function fail(app: App, { id, version }: Row, failure: string): Promise<void> {
    await app.db.orm
      .update(updated)
      .set({ status: 'failed', failure })
      .where(and(eq(table.id, id), eq(table.version, version)));
  }

  /** A failure must not block the computation of the others. */
  async function computeOrFail(app: App, row: Row, signal?: AbortSignal): Promise<void> {
    try {
      const refusal = await compute(app, row, signal);
      if (refusal !== null) await fail(app, row, refusal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DomainError) return fail(app, row, error.message);
      app.log.error({ error, key: row.key }, `${noun} not computed`);
      await fail(app, row, 'It could not be computed; see the log of the gateway.');
    }
  }

  function computeWaiting(app: App, signal?: AbortSignal): Promise<string[]> {
    return app.db.withLock(`${name}.compute`, async () => {
      const computed: string[] = [];
      for (let row = await readWaiting(app); row !== undefined; row = await readWaiting(app)) {
        signal?.throwIfAborted();
        await computeOrFail(app, row, signal);
        computed.push(row.key);
      }
      return computed;
    });
  }

  async function renew(app: App): Promise<void> {
    await app.db.orm.update(updated).set({ status: 'waiting' }).where(isNull(table.archivedAt));
  }

  const computeJob: JobDefinition = {
    name: `${name}.compute`,
    description: `Computes the ${noun}s that are new or were changed.`,
    async run(app, _data, signal) {
      const keys = await computeWaiting(app, signal);
      if (keys.length > 0) app.log.info({ keys }, `${noun}s computed`);
    },
  };
  const renewJob: JobDefinition = {
    name: `${name}.renew`,
    schedule,
    description: `Computes every ${noun} anew.`,
    async run(app, data, signal, report) {
      await renew(app);
      await computeJob.run(app, data, signal, report);
    },
  };
  return {
    computeWaiting,
    renew,
    request: (app) => enqueueJob(app, computeJob),
    jobs: [computeJob, renewJob],
  };
}
