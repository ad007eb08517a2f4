/** Opens the app for the time of one command. */
import { readConfig } from '#platform/config.ts';

import { openApp, type OpenApp } from '#main/open-app.ts';

/** Logs of a command are only warnings: its own output has the rest. */
export async function withApp<T>(command: string, work: (app: OpenApp) => Promise<T>): Promise<T> {
  const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
  const app = await openApp(config, command);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
