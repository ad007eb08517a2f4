/** Connections for batched queries as tests open them: on the server of the tests, closed behind each of them. */
import { ReconnectingConnection } from '../src/reconnecting-connection.ts';
import type { ServerSettings } from '../src/settings.ts';
import { Watchdog } from '../src/watchdog.ts';
import postgres, { type Sql } from 'postgres';
import { afterAll, afterEach, beforeAll } from 'vitest';

const url = process.env['TEST_DATABASE_URL'];
/** Batched queries of the embedded database are its own. */
export const isEmbedded = process.env['TEST_ENGINE'] !== 'postgres';

/** To be called within `describe`. */
export function prepareConnections() {
  const server: Sql = postgres(url!, { max: 2, onnotice: () => {} });
  const settings = () => server.options as unknown as ServerSettings;
  const watchdog = new Watchdog(settings());
  const opened: ReconnectingConnection[] = [];
  // Only now it knows the arrays of the database.
  beforeAll(() => server`select 1`);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection.close(1_000)));
  });
  afterAll(() => {
    watchdog.close();
    return server.end();
  });
  const open = (changes: Partial<ServerSettings> = {}): ReconnectingConnection => {
    const connection = new ReconnectingConnection({ ...settings(), ...changes }, watchdog);
    opened.push(connection);
    return connection;
  };
  return { server, open, settings };
}
