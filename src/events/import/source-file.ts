/** The file of an import as text, plain or gzipped. Knows no format. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { CsvReader } from './csv.ts';
import { ImportError } from './errors.ts';

/** What is read at once: so little that the database need not wait for its answer to be seen. */
const CHUNK_BYTES = 1 << 16;

export interface SourceFile {
  readonly bytes: number;
  readonly isGzip: boolean;
  /** SHA-256 of the file as it lies there, hexadecimal. */
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

/**
 * A CSV file, some records at a time: each time it yields, the reader has more of them.
 * @param onProgress called with the bytes of the file read so far
 * @throws {ImportError} it is not UTF-8, not a whole gzip file, or no CSV; the message names the line.
 */
export async function* readRecords(
  path: string,
  { isGzip }: SourceFile,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<CsvReader> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  // Errors of either come out of the last stream's iterator.
  const stream = isGzip ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : file;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const reader = new CsvReader();
  let chunk: Buffer | undefined;
  try {
    for await (chunk of stream as AsyncIterable<Buffer>) {
      onProgress(file.bytesRead);
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
      const line = reader.nextLine + countLinesBeforeFlaw(chunk);
      throw new ImportError(
        `line ${line}: the file is not UTF-8. Convert it first: iconv -f latin1 -t utf-8`,
        {
          cause: error,
        },
      );
    }
    if (code.startsWith('Z_')) {
      throw new ImportError(`line ${reader.nextLine}: the gzip file is damaged or cut off here (${code})`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    file.destroy();
  }
}

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
