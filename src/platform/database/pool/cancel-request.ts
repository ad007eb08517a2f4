/** Asks a server to stop what one of its sessions runs (protocol, "Canceling Requests in Progress"). */
import type { ServerSettings } from '#pg-batch/settings.ts';
import { Transport } from '#pg-batch/transport.ts';

/** Of a session, told at its start. */
export interface SessionKey {
  readonly processId: number;
  readonly secret: number;
}

const CANCEL_REQUEST = 80_877_102;

/** Resolves once the server has passed it on, or cannot be asked within the time. */
export function requestCancel(
  settings: ServerSettings,
  { processId, secret }: SessionKey,
  timeoutMs: number,
): Promise<void> {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(CANCEL_REQUEST, 4);
  message.writeUInt32BE(processId, 8);
  message.writeUInt32BE(secret, 12);
  return new Promise((resolve) => {
    const transport: Transport = new Transport(settings, {
      onOpen: () => transport.write(message, () => {}),
      onBytes: () => {},
      // The server answers nothing and closes.
      onClose: () => {
        clearTimeout(timeout);
        resolve();
      },
    });
    const timeout = setTimeout(() => transport.destroy(new Error('not cancelled in time')), timeoutMs);
  });
}
