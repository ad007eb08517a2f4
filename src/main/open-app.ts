/** Opens and closes the resources of a process. */
import { adoptRestoredChanges } from '#changes/retention.ts';
import { changeListeners } from '#customers/changes.ts';
import { checkContactKeys } from '#customers/contact-data/contact-keys.ts';
import { personTables } from '#customers/identity/merge.ts';
import { sealedValues } from '#platform/crypto/sealed-rows.ts';
import { checkCurrency } from '#events/currency.ts';
import type { App } from '#platform/app.ts';
import type { Config } from '#platform/config.ts';
import { openKeyring } from '#platform/crypto/open-keyring.ts';
import type { RootDatabase } from '#platform/database/database.ts';
import { migrateDatabase } from '#platform/database/migrate.ts';
import { openBesideGateway, openPglite } from '#platform/database/pglite.ts';
import { openPostgres } from '#platform/database/postgres.ts';
import { FolderInUseError, lockFolder } from '#platform/folder-lock.ts';
import { createLog } from '#platform/log.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { featurePersonTables } from './person-tables.ts';
import { featureSealedValues } from './sealed-values.ts';

import './rule-language.ts';

export interface OpenApp extends App {
  /** Lets commands beside this process use its embedded database, until the returned function is called. */
  shareDatabase(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** The server of DATABASE_URL refuses the connection. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
}

/** The database is not one of these migrations, or this user may not change it. Nothing was changed. */
export class MigrationFailedError extends Error {
  override readonly name = 'MigrationFailedError';
}

/**
 * Opens the database, applies migrations, and checks the contact-data keys and the currency.
 * @param command of this process, for messages to others that need the embedded database's folder
 * @throws {FolderInUseError | DatabaseUnreachableError | MigrationFailedError | ConfigError}
 */
export async function openApp(config: Config, command: string): Promise<OpenApp> {
  const keyring = await openKeyring(config);
  const { db, release, share } = await openDatabase(config, command);
  const app: OpenApp = {
    config,
    db,
    keyring,
    log: createLog(config.logLevel),
    clock: () => new Date(),
    onClose: [],
    shareDatabase: share,
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
    await adoptRestoredChanges(db);
    await checkContactKeys(db, keyring);
    await checkCurrency(db, config.currency);
  } catch (error) {
    await app.close();
    throw error;
  }
  connectFeatures(app);
  return app;
}

/** Listeners of changes of customers, tables that a merge moves, and values that a rotation re-seals. */
function connectFeatures(app: App): void {
  changeListeners(app).push((customerIds) => refreshDerivedData(app, customerIds));
  personTables(app).push(...featurePersonTables);
  sealedValues(app).push(...featureSealedValues);
}

interface Opened {
  readonly db: RootDatabase;
  readonly release: () => Promise<void>;
  readonly share: () => Promise<() => Promise<void>>;
}

const nothingToDo = async (): Promise<void> => {};
const nothingToShare = async (): Promise<() => Promise<void>> => nothingToDo;

async function openDatabase(config: Config, command: string): Promise<Opened> {
  const { databaseUrl: url } = config;
  if (url === null) return openEmbedded(config, command);
  const { databasePoolSize: poolSize } = config;
  // Requests have a time-out; an import or a training of a large business takes its time.
  const statementTimeoutMs = command === 'serve' ? config.statementTimeoutMs : 0;
  try {
    const db = await openPostgres({ url, poolSize, statementTimeoutMs });
    return { db, release: nothingToDo, share: nothingToShare };
  } catch (error) {
    const { host, pathname } = new URL(url);
    const reason = (error as Error).message || (error as NodeJS.ErrnoException).code;
    throw new DatabaseUnreachableError(`The database ${host}${pathname} cannot be used: ${reason}`, {
      cause: error,
    });
  }
}

/** Servers, and a change of keys that the running gateway would not notice. */
const NEEDS_FOLDER_ALONE: ReadonlySet<string> = new Set(['serve', 'worker', 'keys rotate']);
/** A gateway accepts no command for a moment while it starts or stops. */
const WAIT_FOR_GATEWAY_MS = 10_000;
const RETRY_EVERY_MS = 250;

/** Locks the folder, or connects to the gateway that has locked it. */
async function openEmbedded(config: Config, command: string): Promise<Opened> {
  const { dataDir } = config;
  for (const startedAt = performance.now(); ; await sleep(RETRY_EVERY_MS)) {
    try {
      return await openFolder(config, command);
    } catch (error) {
      if (!(error instanceof FolderInUseError) || error.holder.command !== 'serve') throw error;
      if (NEEDS_FOLDER_ALONE.has(command)) throw error;
      const db = await openBesideGateway(dataDir);
      if (db !== null) return { db, release: nothingToDo, share: nothingToShare };
      if (performance.now() - startedAt > WAIT_FOR_GATEWAY_MS) throw error;
    }
  }
}

async function openFolder({ dataDir, statementTimeoutMs }: Config, command: string): Promise<Opened> {
  const lock = await lockFolder(dataDir, command);
  try {
    const folder = join(dataDir, 'database');
    const db = await openPglite({ folder, statementTimeoutMs });
    // Its files are readable by all, and the data folder may have existed before.
    await chmod(folder, 0o700);
    const share = async () => {
      const sharing = await db.share(dataDir);
      return () => sharing.close();
    };
    return { db, release: () => lock.release(), share };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
