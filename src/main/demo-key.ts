/** A key for local use: all scopes, only for this machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { App } from '#platform/app.ts';
import { createApiKey, newKey, readApiKey } from '#platform/auth/api-keys.ts';
import { scopes } from '#platform/auth/viewer.ts';
import type { Config } from '#platform/config.ts';
import { writePrivateFile } from '#platform/private-file.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Only on the loopback interface with the embedded database, and not in production. */
export function mayHaveDemoKey(config: Config): boolean {
  return !config.isProduction && config.databaseUrl === null && LOOPBACK.has(config.host);
}

/** The key in DATA_DIR/demo-key, created on first use; replaced if it was revoked or its database is another. */
export async function openDemoKey(app: App): Promise<string> {
  const path = join(app.config.dataDir, 'demo-key');
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (kept !== '' && (await readApiKey(app.db, kept)) !== null) return kept;
  const key = newKey();
  await createApiKey(app.db, { name: 'demo', scopes, at: app.clock(), text: key });
  await writePrivateFile(path, `${key}\n`);
  return key;
}
