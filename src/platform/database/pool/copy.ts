/** Rows of a `copy … from stdin` on their way to the server. Knows no statement but the one under way. */
import type { CopyChunks } from '../database.ts';
import type { Session } from '#pg-batch/session.ts';
import type { StatementRun } from './statement-run.ts';

const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const COPY_FAIL = 0x66;
/** Shorter chunks are joined with their head, which saves a call of the system. */
const MAX_JOINED_BYTES = 16_384;

/** Sends until the chunks end or the server has refused them; the next chunk is made while one is sent. */
export async function sendCopy(session: Session, run: StatementRun, chunks: CopyChunks): Promise<void> {
  let sent = Promise.resolve();
  try {
    for await (const chunk of chunks) {
      await sent;
      if (run.isSettled || run.error !== null) return;
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      sent = send(session, bytes);
    }
    if (!run.isSettled) session.write(COPY_DONE, () => {});
  } catch (error) {
    if (run.isSettled) return;
    run.fail(error as Error);
    const reason = Buffer.from('the rows ended with an error\0');
    session.write(Buffer.concat([headOf(COPY_FAIL, reason.length), reason]), () => {});
  }
}

function send(session: Session, bytes: Uint8Array): Promise<void> {
  const head = headOf(COPY_DATA, bytes.length);
  return new Promise((resolve) => {
    if (bytes.length <= MAX_JOINED_BYTES) session.write(Buffer.concat([head, bytes]), resolve);
    else {
      session.write(head, () => {});
      session.write(bytes, resolve);
    }
  });
}

function headOf(type: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(5);
  head[0] = type;
  head.writeInt32BE(length + 4, 1);
  return head;
}
