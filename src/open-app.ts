/** Opens everything that a process of ours works with, and closes it again. */
import { changeListeners } from '#customers/changes.ts';
import { checkContactKeys } from '#customers/contact-keys.ts';
import { personTables } from '#customers/merge.ts';
import type { App } from '#platform/app.ts';
import type { Config } from '#platform/config.ts';
import { openKeyring } from '#platform/crypto/open-keyring.ts';
import type { RootDatabase } from '#platform/database/database.ts';
import { migrateDatabase } from '#platform/database/migrate.ts';
import { openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { lockFolder } from '#platform/folder-lock.ts';
import { createLog } from '#platform/log.ts';
import { settlePeople } from '#segments/settle.ts';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';

import { featurePersonTables } from './person-tables.ts';

import './rule-language.ts';

export interface OpenApp extends App {
  close(): Promise<void>;
}

/** The server of DATABASE_URL does not let us in. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
}

/** The database is not one that these migrations made, or may not be changed by this user. Nothing was changed. */
export class MigrationFailedError extends Error {
  override readonly name = 'MigrationFailedError';
}

/**
 * Opens the database, brings it to the newest migration and checks the contact-data keys.
 * @param command what this process runs, told to others who want the embedded database's folder
 * @throws {FolderInUseError | DatabaseUnreachableError | MigrationFailedError | ConfigError}
 */
export async function openApp(config: Config, command: string): Promise<OpenApp> {
  const keyring = await openKeyring(config);
  const { db, release } = await openDatabase(config, command);
  const app: OpenApp = {
    config,
    db,
    keyring,
    log: createLog(config.logLevel),
    clock: () => new Date(),
    onClose: [],
    async close() {
      for (const closeOne of app.onClose.toReversed()) await closeOne();
      await db.close();
      await release();
    },
  };
  try {
    await migrateDatabase(db).catch((error: unknown) => {
      throw new MigrationFailedError(`The database could not be migrated: ${(error as Error).message}.`, {
        cause: error,
      });
    });
    await checkContactKeys(db, keyring);
  } catch (error) {
    await app.close();
    throw error;
  }
  connectFeatures(app);
  return app;
}

/** What follows a change of a person's facts, and what follows a person into another. */
function connectFeatures(app: App): void {
  changeListeners(app).push((customerIds) => settlePeople(app, customerIds));
  personTables(app).push(...featurePersonTables);
}

async function openDatabase(
  config: Config,
  command: string,
): Promise<{ db: RootDatabase; release: () => Promise<void> }> {
  const { databaseUrl: url } = config;
  if (url === null) {
    const lock = await lockFolder(config.dataDir, command);
    try {
      const folder = join(config.dataDir, 'database');
      const db = await openPglite({ folder });
      // Its files can be read by all, and the data folder may be one that was there before.
      await chmod(folder, 0o700);
      return { db, release: () => lock.release() };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
  const { databasePoolSize: poolSize } = config;
  // Who waits for an answer has a limit; an import or a training of a large business takes the time it takes.
  const statementTimeoutMs = command === 'serve' ? config.statementTimeoutMs : 0;
  try {
    return { db: await openPostgres({ url, poolSize, statementTimeoutMs }), release: async () => {} };
  } catch (error) {
    const { host, pathname } = new URL(url);
    const reason = (error as Error).message || (error as NodeJS.ErrnoException).code;
    throw new DatabaseUnreachableError(`The database ${host}${pathname} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}
