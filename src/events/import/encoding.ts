/** Detects the encoding of a file from its first bytes, and files that are not text. Pure. */
import { isUtf8 } from 'node:buffer';

import { ImportError } from './errors.ts';

/** Kinds of files that are mistaken for CSV, by their first bytes. */
const OTHER_FILES: readonly (readonly [magic: string, advice: string])[] = [
  ['504b0304', 'it is a ZIP file or an Excel workbook (.xlsx). Save the sheet as "CSV UTF-8", or unpack it'],
  ['d0cf11e0', 'it is an Excel workbook (.xls). Save the sheet as "CSV UTF-8"'],
  ['25504446', 'it is a PDF. Export the table as CSV'],
  ['50415231', 'it is a Parquet file. Export it as CSV'],
  ['28b52ffd', 'it is packed by zstd. Unpack it, or pack it with gzip'],
  ['425a68', 'it is packed by bzip2. Unpack it, or pack it with gzip'],
  ['fd377a58', 'it is packed by xz. Unpack it, or pack it with gzip'],
  ['fffe0000', 'it is UTF-32. Save it as UTF-8'],
  ['0000feff', 'it is UTF-32. Save it as UTF-8'],
];

const ADVICE =
  'Say it with --encoding, such as windows-1252, windows-1250, macintosh, ibm866 or shift_jis, or save the file as UTF-8';

/** @throws {ImportError} the encoding is unknown. */
export function checkEncoding(name: string): string {
  try {
    return new TextDecoder(name).encoding;
  } catch (error) {
    throw new ImportError(`there is no encoding ${JSON.stringify(name)}. ${ADVICE}`, { cause: error });
  }
}

/**
 * UTF-8, UTF-16 with and without a mark, or Windows-1252 where the bytes fit none of the others.
 * @param sample first bytes of the file
 * @param isWhole whether they are all of it
 * @throws {ImportError} it is not text, or its encoding cannot be detected.
 */
export function detectEncoding(sample: Buffer, isWhole: boolean): string {
  const magic = sample.subarray(0, 4).toString('hex');
  const other = OTHER_FILES.find(([start]) => magic.startsWith(start));
  if (other !== undefined) throw new ImportError(`the file is no CSV: ${other[1]}`);
  if (magic.startsWith('fffe')) return 'utf-16le';
  if (magic.startsWith('feff')) return 'utf-16be';
  const unmarked = detectUnmarkedUtf16(sample);
  if (unmarked !== null) return unmarked;
  const { firstFlaw, hasLetters, hasUndefined, codePageLetters, westernLetters } = examine(sample, isWhole);
  if (firstFlaw === -1) return 'utf-8';
  const line = countLines(sample, firstFlaw);
  if (hasLetters) {
    throw new ImportError(
      `line ${line}: the file is UTF-8 in parts and something else here, so it is damaged or put together of two files. Mend this line, or read all of it otherwise with --encoding`,
    );
  }
  if (hasUndefined || codePageLetters > westernLetters) {
    throw new ImportError(`line ${line}: the file is neither UTF-8 nor Windows-1252. ${ADVICE}`);
  }
  return 'windows-1252';
}

/** Every other byte of Western text in UTF-16 is 0. */
function detectUnmarkedUtf16(sample: Buffer): 'utf-16le' | 'utf-16be' | null {
  const length = Math.min(sample.length, 4096) & ~1;
  if (length < 4) return null;
  let even = 0;
  let odd = 0;
  for (let position = 0; position < length; position += 2) {
    if (sample[position] === 0) even += 1;
    if (sample[position + 1] === 0) odd += 1;
  }
  const pairs = length / 2;
  if (odd > pairs * 0.4 && even < pairs * 0.05) return 'utf-16le';
  return even > pairs * 0.4 && odd < pairs * 0.05 ? 'utf-16be' : null;
}

interface Examined {
  /** Index of the first byte that is not UTF-8; -1 where there is none. */
  readonly firstFlaw: number;
  /** Whether it contains UTF-8 sequences of two bytes or more. */
  readonly hasLetters: boolean;
  /** Number of bytes that Windows-1252 leaves undefined. */
  readonly hasUndefined: boolean;
  /** Number of bytes inside words that are signs in Windows-1252 and letters in code pages of DOS and the Macintosh. */
  readonly codePageLetters: number;
  /** Number of bytes that are letters in Windows-1252. */
  readonly westernLetters: number;
}

const UNDEFINED_IN_1252: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);
/** Signs that occur inside words: ’ and Š Œ Ž š œ ž Ÿ. */
const IN_WORDS: ReadonlySet<number> = new Set([0x92, 0x8a, 0x8c, 0x8e, 0x9a, 0x9c, 0x9e, 0x9f]);

function examine(sample: Buffer, isWhole: boolean): Examined {
  let firstFlaw = -1;
  let hasLetters = false;
  let hasUndefined = false;
  let codePageLetters = 0;
  let westernLetters = 0;
  for (let position = 0; position < sample.length;) {
    const byte = sample[position]!;
    if (byte < 0x80) {
      position += 1;
      continue;
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    const letter = sample.subarray(position, position + length);
    // The sample may end inside a character.
    if (!isWhole && letter.length < length && byte >= 0xc2) break;
    if (isUtf8(letter)) {
      hasLetters = true;
      position += length;
      continue;
    }
    if (firstFlaw === -1) firstFlaw = position;
    if (UNDEFINED_IN_1252.has(byte)) hasUndefined = true;
    if (byte >= 0xc0) westernLetters += 1;
    else if (
      byte < 0xa0 &&
      !IN_WORDS.has(byte) &&
      isLetter(sample[position - 1]) &&
      isLetter(sample[position + 1])
    ) {
      codePageLetters += 1;
    }
    position += 1;
  }
  return { firstFlaw, hasLetters, hasUndefined, codePageLetters, westernLetters };
}

const isLetter = (byte: number | undefined): boolean =>
  byte !== undefined && (byte | 32) >= 97 && (byte | 32) <= 122;

function countLines(bytes: Buffer, end: number): number {
  let lines = 1;
  for (let at = bytes.indexOf(10); at !== -1 && at < end; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}
