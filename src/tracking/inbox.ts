/** Processes acknowledged messages in the order of arrival, by one process at a time. */
import { setTimeout as wait } from 'node:timers/promises';

import { flushChanges } from '#customers/changes.ts';
import { retryOnConflict } from '#events/service.ts';
import { type App, perApp } from '#platform/app.ts';

import { applyEach } from './apply.ts';
import { countWaiting, openRow, readNextRows, removeRows } from './inbox-rows.ts';

/** Another process is active: messages that it missed are looked for after it. */
const LOOK_AGAIN_MS = 250;
/** The database was unreachable. */
const RETRY_MS = 1_000;

export const inboxOf = perApp((app) => new Inbox(app));

class Inbox {
  readonly #app: App;
  readonly #closing = new AbortController();
  #running: Promise<void> | null = null;
  #isWoken = false;
  #backlog = 0;

  constructor(app: App) {
    this.#app = app;
    app.onClose.push(() => this.close());
  }

  /** Number of waiting messages, as far as this process knows. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Call after the commit of new messages. Returns at once. */
  wake(messageCount = 0): void {
    this.#backlog += messageCount;
    this.#isWoken = true;
    if (this.#closing.signal.aborted) return;
    this.#running ??= this.#run().finally(() => (this.#running = null));
  }

  /** Resolves when this process knows of no waiting message. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Lets the current batch finish. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#isWoken && !signal.aborted) {
      this.#isWoken = false;
      try {
        if (!(await this.#drain())) {
          await wait(LOOK_AGAIN_MS, undefined, { signal });
          this.#backlog = await countWaiting(this.#app.db);
          this.#isWoken ||= this.#backlog > 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#app.log.warn({ error }, 'tracking messages wait to be worked off');
        await wait(RETRY_MS, undefined, { signal }).catch(() => {});
        this.#isWoken = true;
      }
    }
  }

  /** @returns false if another process is active */
  async #drain(): Promise<boolean> {
    while (!this.#closing.signal.aborted) {
      const doneCount = await drainBatch(this.#app);
      if (doneCount === null) return false;
      this.#backlog = doneCount === 0 ? 0 : Math.max(0, this.#backlog - doneCount);
      if (doneCount === 0) return true;
    }
    return true;
  }
}

interface Drained {
  readonly count: number;
  readonly changed: ReadonlySet<string>;
}

/**
 * Each message counts once: it leaves the inbox in the transaction of its effects.
 * @returns number of processed messages; null if another process is active
 */
async function drainBatch(app: App): Promise<number | null> {
  const drained = await retryOnConflict(() =>
    app.db.transaction(async (tx): Promise<Drained | null> => {
      const [lock] = await tx.query<{ isHeld: boolean }>(
        `/* tracking.lock */ select pg_try_advisory_xact_lock(360, 12) as "isHeld"`,
      );
      if (!lock!.isHeld) return null;
      const rows = await readNextRows(tx);
      if (rows.length === 0) return { count: 0, changed: new Set() };
      const messages = rows.flatMap((row) => openRow(app, row));
      const changed = await applyEach(app, tx, messages);
      await removeRows(tx, rows);
      return { count: messages.length, changed };
    }),
  );
  if (drained === null) return null;
  await flushChanges(app, [...drained.changed]);
  return drained.count;
}
