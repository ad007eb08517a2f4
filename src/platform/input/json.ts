/** Validation of JSON in input, in the form in which the database returns it. */
import { InvalidInputError } from '../errors.ts';
import { checkCharacters } from './text.ts';

export type JsonObject = { readonly [key: string]: unknown };

const MAX_JSON_DEPTH = 20;

/**
 * @throws {InvalidInputError} not an object, too large, nested too deeply, or with text or numbers that cannot be
 * stored, as a key or a value at any depth.
 */
export function readJsonObject(field: string, value: unknown, maxBytes: number): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const came = JSON.stringify(value)?.slice(0, 40).toWellFormed() ?? 'nothing';
    throw new InvalidInputError(field, `expected a JSON object, got ${came}`);
  }
  checkJson(field, value, 0);
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new InvalidInputError(field, `expected at most ${maxBytes} bytes of JSON, got ${bytes}`);
  }
  return JSON.parse(text) as JsonObject;
}

function checkJson(field: string, value: unknown, depth: number): void {
  if (depth > MAX_JSON_DEPTH) {
    throw new InvalidInputError(field, `expected JSON nested at most ${MAX_JSON_DEPTH} deep`);
  }
  if (typeof value === 'string') return checkCharacters(field, value);
  // JSON.parse reads 1e400 as Infinity, which JSON.stringify would turn into null.
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new InvalidInputError(field, `expected finite numbers, got ${value}`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    checkCharacters(field, key);
    checkJson(field, part, depth + 1);
  }
}
