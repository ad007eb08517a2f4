/** What lives as long as the process, and how features hang their own state on it. Knows no feature. */
import type { Keyring } from './crypto/keyring.ts';
import type { Config } from './config.ts';
import type { RootDatabase } from './database/database.ts';
import type { Log } from './log.ts';

export interface App {
  readonly config: Config;
  readonly db: RootDatabase;
  readonly keyring: Keyring;
  readonly log: Log;
  /** The present, which tests may set. */
  readonly clock: () => Date;
  /** The app of the process, where this one is bound to a request: state is kept there. */
  readonly root?: App;
  /** Work to do before the process ends, in reverse order. */
  readonly onClose: (() => Promise<void> | void)[];
}

/**
 * State of a feature that lives as long as the process: an index in memory, a cache. Made at first use, and never of an
 * app that is bound to a request: what many share must not end with one of them.
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
