/** The file of an import as text, plain or gzipped. Knows no format. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { type CsvMarks, CsvReader } from './csv.ts';
import { ImportError } from './errors.ts';

/** Size of a chunk: small enough that answers of the database are noticed soon. */
const CHUNK_BYTES = 1 << 16;
/** Size of the beginning from which encoding, delimiter and the notations of dates and numbers are detected. */
const SAMPLE_BYTES = 1 << 20;

export interface SourceFile {
  readonly bytes: number;
  readonly isGzip: boolean;
  /** SHA-256 of the file as stored, hexadecimal. */
  readonly hash: string;
}

/** @throws {ImportError} the file cannot be opened. */
export async function inspectFile(path: string): Promise<SourceFile> {
  try {
    const handle = await open(path);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      const hash = createHash('sha256');
      for await (const chunk of handle.createReadStream({
        start: 0,
        highWaterMark: CHUNK_BYTES,
        autoClose: false,
      })) {
        hash.update(chunk as Buffer);
      }
      const { size } = await handle.stat();
      // By its first bytes rather than its name.
      const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
      return { bytes: size, isGzip, hash: hash.digest('hex') };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === undefined) throw error;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code;
    throw new ImportError(`cannot read ${path}: ${reason}`, { cause: error });
  }
}

/** The beginning of the text, decompressed. Damage is reported when the file is read. */
export async function readSample(
  path: string,
  { isGzip }: SourceFile,
): Promise<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  const { stream, close } = openStream(path, isGzip);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > SAMPLE_BYTES) return { bytes: Buffer.concat(chunks), isWhole: false };
    }
    return { bytes: Buffer.concat(chunks), isWhole: true };
  } catch (error) {
    if (!isGzipFlaw(error)) throw error;
    return { bytes: Buffer.concat(chunks), isWhole: false };
  } finally {
    close();
  }
}

/** How the bytes of a file become records. */
export interface TextForm {
  readonly encoding: string;
  readonly marks: CsvMarks;
}

/** Progress of the reading; updated while records come. */
export interface ReadProgress {
  /** Of the file as stored. */
  bytesRead: number;
  /** Of its text, decompressed. */
  textBytes: number;
}

/**
 * The records of a file, in chunks: after each yield, the reader has more of them.
 * @throws {ImportError} it is not in this encoding, not a complete gzip file, or not CSV; the message contains the
 * line.
 */
export async function* readRecords(
  path: string,
  { isGzip }: SourceFile,
  { encoding, marks }: TextForm,
  progress: ReadProgress = { bytesRead: 0, textBytes: 0 },
): AsyncGenerator<CsvReader> {
  const { stream, bytesRead, close } = openStream(path, isGzip);
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const reader = new CsvReader(marks);
  let chunk: Buffer | undefined;
  try {
    for await (chunk of stream) {
      progress.bytesRead = bytesRead();
      progress.textBytes += chunk.length;
      reader.push(decoder.decode(chunk, { stream: true }));
      yield reader;
    }
    chunk = undefined;
    reader.push(decoder.decode());
    reader.end();
    yield reader;
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      const line = reader.nextLine + (encoding === 'utf-8' ? countLinesBeforeFlaw(chunk) : 0);
      const advice =
        encoding === 'utf-8'
          ? 'If it comes from Excel or an old system, start again with --encoding windows-1252'
          : 'Say its encoding with --encoding';
      throw new ImportError(
        `line ${line}: the file is not ${encoding.toUpperCase()} from here on. ${advice}`,
        {
          cause: error,
        },
      );
    }
    if (isGzipFlaw(error)) {
      throw new ImportError(`line ${reader.nextLine}: the gzip file is damaged or cut off here (${code})`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    close();
  }
}

function openStream(path: string, isGzip: boolean) {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // Errors of either stream are thrown by the last stream's iterator.
  const stream = isGzip ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : file;
  return {
    stream: stream as AsyncIterable<Buffer>,
    bytesRead: () => file.bytesRead,
    close: () => file.destroy(),
  };
}

const isGzipFlaw = (error: unknown): boolean => ((error as { code?: string }).code ?? '').startsWith('Z_');

function countLinesBeforeFlaw(chunk: Buffer | undefined): number {
  if (chunk === undefined) return 0;
  let lines = 0;
  for (let start = 0; start < chunk.length; lines += 1) {
    const end = chunk.indexOf(10, start);
    if (end === -1 || !isUtf8(chunk.subarray(start, end))) return lines;
    start = end + 1;
  }
  return lines;
}
