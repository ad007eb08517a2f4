/** Validation of keys, names and descriptions of named resources. */
import { InvalidInputError } from '#platform/errors.ts';
import { quote, readText } from '#platform/input/text.ts';

const KEY = /^[a-z0-9][a-z0-9_-]{0,99}$/;
const MAX_NAME_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 2000;

/** @throws {InvalidInputError} */
export function checkKey(key: string): void {
  if (KEY.test(key)) return;
  throw new InvalidInputError(
    'key',
    `expected 1 to 100 lower-case letters, digits, - and _, a letter or digit first, got ${quote(key)}`,
  );
}

/** @throws {InvalidInputError} */
export function checkTexts(input: {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
}): void {
  const { name, description } = input;
  if (name != null) readText('name', name, MAX_NAME_LENGTH);
  // An empty description clears it.
  if (description != null && description !== '') readText('description', description, MAX_DESCRIPTION_LENGTH);
}
