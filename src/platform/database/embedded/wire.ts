/** Messages of the Postgres protocol that the embedded database is asked with, and the walk over its answers. */
import type { CopyChunks } from '../database.ts';
import { readServerError } from '#pg-batch/errors.ts';
import { MessageWriter } from '#pg-batch/message-writer.ts';
import { writeClose, writePrepare, writeQuery, writeRun, writeSync } from '#pg-batch/requests.ts';
import type { ValueSettings } from '#pg-batch/settings.ts';
import type { Statement } from '#pg-batch/statement.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const ERROR = 0x45;

/** Kept between calls: what is written is copied out, and handed over. */
const output = new MessageWriter();

function finish(): Bytes {
  const bytes = new Uint8Array(output.length);
  bytes.set(output.bytes.subarray(0, output.length));
  output.length = 0;
  return bytes;
}

/** One or several statements without parameters. */
export function simpleQuery(text: string): Bytes {
  writeQuery(output, text);
  return finish();
}

export function prepare(statement: Statement): Bytes {
  writePrepare(output, statement);
  writeSync(output);
  return finish();
}

/** @throws of a value that cannot be written as its type. */
export function run(statement: Statement, values: readonly unknown[], settings: ValueSettings): Bytes {
  writeRun(output, statement, values, settings.serializers);
  if (!statement.cacheStatement) writeClose(output, statement);
  writeSync(output);
  return finish();
}

export function forget(statement: Statement): Bytes {
  writeClose(output, statement);
  writeSync(output);
  return finish();
}

/** A `copy … from stdin` with all of its data. */
export async function copyIn(text: string, chunks: CopyChunks): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  writeQuery(output, text);
  for (const part of parts) {
    const start = output.begin(COPY_DATA);
    output.raw(part);
    output.end(start);
  }
  output.end(output.begin(COPY_DONE));
  const bytes = finish();
  output.take();
  output.free();
  return bytes;
}

/** @throws {PostgresError} the first error among the answers; what comes behind it is not reported */
export function readAnswer(
  answer: Buffer,
  onMessage: (type: number, start: number, end: number) => void,
): void {
  for (let at = 0; at < answer.length;) {
    const start = at + 5;
    const end = at + 1 + answer.readInt32BE(at + 1);
    if (answer[at] === ERROR) throw readServerError(answer, start, end);
    onMessage(answer[at]!, start, end);
    at = end;
  }
}
