/** Background jobs of the tracking API. */
import type { App } from '#platform/app.ts';
import type { JobDefinition } from '#platform/jobs.ts';

import { inboxOf } from './inbox.ts';

const DAY_MS = 86_400_000;
const SLICE_MS = 3_600_000;

export const jobs: readonly JobDefinition[] = [
  {
    name: 'tracking.drain',
    schedule: '* * * * *',
    description: 'Works off acknowledged messages whose own process could not.',
    async run(app) {
      inboxOf(app).wake();
      await inboxOf(app).idle();
    },
  },
  {
    name: 'tracking.prune',
    schedule: '13 * * * *',
    description: 'Forgets message ids and rejected messages whose time is over.',
    async run(app, _data, signal) {
      const { dedupeDays, rejectDays } = app.config.tracking;
      await prune(app, 'tracking_messages', dedupeDays, signal);
      await prune(app, 'tracking_rejects', rejectDays, signal);
    },
  },
];

/** An hour of rows at a time, so that no statement runs for long. */
async function prune(
  app: App,
  table: 'tracking_messages' | 'tracking_rejects',
  keptDays: number,
  signal?: AbortSignal,
): Promise<void> {
  const endMs = app.clock().getTime() - keptDays * DAY_MS;
  for (;;) {
    signal?.throwIfAborted();
    const [oldest] = await app.db.query<{ at: Date | null }>(
      `/* tracking.oldest */ select min(received_at) as at from ${table}`,
    );
    if (oldest?.at == null || oldest.at.getTime() >= endMs) return;
    await app.db.query(`/* tracking.prune */ delete from ${table} where received_at < $1::timestamptz`, [
      new Date(Math.min(endMs, oldest.at.getTime() + SLICE_MS)),
    ]);
  }
}
