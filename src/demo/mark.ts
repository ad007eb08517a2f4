/** Remembers how far the filling of the demo shop came: two rows of `installation`. */
import type { App } from '#platform/app.ts';

export interface FillMark {
  /** Instant at which the shop ends: that of the first call, also when a later one goes on with it. */
  readonly present: Date;
  /** When the call that goes on now began. */
  readonly startedAt: Date;
  readonly isFilled: boolean;
}

export async function startFilling(app: App): Promise<FillMark> {
  const startedAt = app.clock();
  await app.db.query(
    `/* demo.start */
    insert into installation (key, value) values ('demo.present', $1) on conflict (key) do nothing`,
    [startedAt.toISOString()],
  );
  const rows = await app.db.query<{ key: string; value: string }>(
    `/* demo.mark */ select key, value from installation where key in ('demo.present', 'demo.filled') order by key`,
  );
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  return { present: new Date(values.get('demo.present')!), startedAt, isFilled: values.has('demo.filled') };
}

/** Everything that follows from the changes of the filling was computed, so their marks go with it. */
export async function markFilled(app: App, { startedAt }: FillMark): Promise<void> {
  const now = app.clock();
  await app.db.transaction(async (transaction) => {
    await transaction.query(
      `/* demo.forgetChanges */ delete from customer_changes where changed_at between $1::timestamptz and $2::timestamptz`,
      [startedAt, now],
    );
    await transaction.query(
      `/* demo.filled */ insert into installation (key, value) values ('demo.filled', $1)`,
      [now.toISOString()],
    );
  });
}
