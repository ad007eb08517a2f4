/** Progress of filling the demo shop: two rows of `installation`. */
import type { App } from '#platform/app.ts';

export interface FillMark {
  /** End of the shop's time: that of the first call, also for a resumed one. */
  readonly present: Date;
  readonly isFilled: boolean;
  /** Past periods whose segments were evaluated. */
  readonly periodsDone: number;
}

export async function startFilling(app: App): Promise<FillMark> {
  await app.db.query(
    `/* demo.start */
    insert into installation (key, value) values ('demo.present', $1) on conflict (key) do nothing`,
    [app.clock().toISOString()],
  );
  const rows = await app.db.query<{ key: string; value: string }>(
    `/* demo.mark */ select key, value from installation where key in ('demo.present', 'demo.filled', 'demo.periods') order by key`,
  );
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  return {
    present: new Date(values.get('demo.present')!),
    isFilled: values.has('demo.filled'),
    periodsDone: Number(values.get('demo.periods') ?? 0),
  };
}

export async function markPeriod(app: App, index: number): Promise<void> {
  await app.db.query(
    `/* demo.period */
    insert into installation (key, value) values ('demo.periods', $1)
    on conflict (key) do update set value = excluded.value`,
    [String(index + 1)],
  );
}

export async function markFilled(app: App): Promise<void> {
  await app.db.query(`/* demo.filled */ insert into installation (key, value) values ('demo.filled', $1)`, [
    app.clock().toISOString(),
  ]);
}

/** Customers enqueued before the complete computation need no refresh any more. */
export async function forgetChanges(app: App, until: Date): Promise<void> {
  await app.db.query(
    `/* demo.forgetChanges */ delete from recompute_queue where changed_at <= $1::timestamptz`,
    [until],
  );
}
