/** Requests of a session to its server, as messages of the extended query protocol. Awaits no answer. */
import type { MessageWriter } from './message-writer.ts';
import { writeParameters } from './parameters.ts';
import type { ServerSettings } from './settings.ts';
import type { Statement } from './statement.ts';

const PARSE = 0x50;
const BIND = 0x42;
const DESCRIBE = 0x44;
const CLOSE = 0x43;
const QUERY = 0x51;
const OF_STATEMENT = 0x53;
/** All rows of the statement that was bound last. */
const EXECUTE = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
const FLUSH = Buffer.from([0x48, 0, 0, 0, 4]);
export const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);

/** Its types that were not declared, those of its columns, and whether it can run at all. */
export function writePrepare(output: MessageWriter, { name, text, declaredTypes }: Statement): void {
  const start = output.begin(PARSE);
  output.name(name);
  output.name(text);
  output.int16(declaredTypes.length);
  for (const type of declaredTypes) output.int32(type);
  output.end(start);
  writeDescribeOrClose(output, DESCRIBE, name);
}

/** @throws of a value that cannot be written as its type, and nothing is written then. */
export function writeRun(
  output: MessageWriter,
  statement: Statement,
  values: readonly unknown[],
  serializers: ServerSettings['serializers'],
): void {
  const before = output.length;
  try {
    const start = output.begin(BIND);
    output.raw(statement.bindHead);
    writeParameters(output, values, statement.parameterTypes, serializers);
    output.raw(statement.bindFormats);
    output.end(start);
    output.raw(EXECUTE);
  } catch (error) {
    output.length = before;
    throw error;
  }
}

export function writeClose(output: MessageWriter, { name }: Statement): void {
  writeDescribeOrClose(output, CLOSE, name);
}

/** Statements without parameters, by the simple query protocol. */
export function writeQuery(output: MessageWriter, text: string): void {
  const start = output.begin(QUERY);
  output.name(text);
  output.end(start);
}

/** Asks for the answers so far; unlike a Sync it ends nothing. */
export function writeFlush(output: MessageWriter): void {
  output.raw(FLUSH);
}

/** Behind it the server takes up messages again that it dropped after an error. */
export function writeSync(output: MessageWriter): void {
  output.raw(SYNC);
}

function writeDescribeOrClose(output: MessageWriter, type: number, name: string): void {
  const start = output.begin(type);
  output.byte(OF_STATEMENT);
  output.name(name);
  output.end(start);
}
