/** Asks a server to stop what one of its sessions runs (protocol, "Canceling Requests in Progress"). */
import { Connection } from 'pg';

import { addressOf, tlsOf } from './server-address.ts';
import type { Session } from './session.ts';
import type { ServerSettings } from './settings.ts';

/** Encrypted where the session is. Resolves once the server has passed it on, or cannot be asked within the time. */
export function requestCancel(settings: ServerSettings, session: Session, timeoutMs: number): Promise<void> {
  const { isEncrypted, processId, secretKey } = session;
  const isDirect = settings.sslnegotiation === 'direct';
  const connection = new Connection({
    ssl: isEncrypted && tlsOf(settings),
    sslNegotiation: isDirect ? 'direct' : 'postgres',
  });
  const cancel = () => connection.cancel(processId, secretKey);
  return new Promise((resolve) => {
    const timeout = setTimeout(() => connection.stream.destroy(), timeoutMs);
    if (!isEncrypted) connection.once('connect', cancel);
    else {
      if (!isDirect) connection.once('connect', () => connection.requestSsl());
      connection.once('sslconnect', cancel);
    }
    connection.on('error', () => connection.stream.destroy());
    // The server answers nothing and closes.
    connection.once('end', () => {
      clearTimeout(timeout);
      resolve();
    });
    const { path, port, host } = addressOf(settings);
    if (path === undefined) connection.connect(port, host);
    else connection.connect(path);
  });
}
