/** State that lives as long as the process, and the mechanism by which features attach their own. */
import type { Keyring } from './crypto/keyring.ts';
import type { Config } from './config.ts';
import type { RootDatabase } from './database/database.ts';
import type { Log } from './log.ts';

export interface App {
  readonly config: Config;
  readonly db: RootDatabase;
  readonly keyring: Keyring;
  readonly log: Log;
  /** The current time; tests replace it. */
  readonly clock: () => Date;
  /** The app of the process, for an app that is bound to a request: process-wide state belongs to it. */
  readonly root?: App;
  /** Cleanup before the process ends, run in reverse order. */
  readonly onClose: (() => Promise<void> | void)[];
}

/**
 * State of a feature that lives as long as the process: an in-memory index, a cache. Created on first use, and always
 * with the app of the process: shared state must not be cancelled with one request.
 */
export function perApp<T>(create: (app: App) => T): (app: App) => T {
  const values = new WeakMap<App, T>();
  return (app) => {
    const root = app.root ?? app;
    let value = values.get(root);
    if (value === undefined) {
      value = create(root);
      values.set(root, value);
    }
    return value;
  };
}
