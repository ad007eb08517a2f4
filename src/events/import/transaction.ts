/** Transactions of an import, which need not be synced to disk one by one. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

/**
 * Commits without waiting for the disk. A crash of the server can lose the last second of batches, each together with
 * its progress, so that the import resumes before them; the end of an import waits for all of them.
 */
export function writeBatch<T>(app: App, work: (tx: Database) => Promise<T>): Promise<T> {
  return app.db.transaction(async (tx) => {
    await tx.query('/* import.commitLater */ set local synchronous_commit = off');
    return work(tx);
  });
}
