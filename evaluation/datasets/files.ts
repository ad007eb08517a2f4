/** Finds and reads files of the public data sets. Downloads none. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const DATASETS_DIR = process.env['DATASETS_DIR'] ?? join(import.meta.dirname, '../../../shared/data');

/** Whether the set exists; prints the reason if not. */
export function hasDataset(name: string): boolean {
  return existsSync(join(DATASETS_DIR, name));
}

/** The lines of a text file, decompressed by its suffix. */
export function readDatasetLines(name: string, encoding: 'utf8' | 'latin1' = 'utf8'): readonly string[] {
  const path = join(DATASETS_DIR, name);
  if (!existsSync(path))
    throw new Error(`${name} is not in ${DATASETS_DIR}: set DATASETS_DIR to the folder of the data sets`);
  const bytes = readFileSync(path);
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(encoding);
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
