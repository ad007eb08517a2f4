/** Brings a database to the newest migration, once, also where several processes start at the same time. */
import { migrate } from 'drizzle-orm/pg-proxy/migrator';
import { fileURLToPath } from 'node:url';

import type { RootDatabase } from './database.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

export async function migrateDatabase(db: RootDatabase): Promise<void> {
  await db.withLock('c360.migrate', () =>
    migrate(
      db.orm,
      (statements) =>
        db.transaction(async (transaction) => {
          for (const statement of statements) await transaction.query(statement);
        }),
      { migrationsFolder },
    ),
  );
}
