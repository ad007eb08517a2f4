/** What keys, names and descriptions of segments and lists may be. */
import { InvalidInputError } from '#platform/errors.ts';

const KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const MAX_NAME_LENGTH = 200;
const MAX_DESCRIPTION_LENGTH = 2000;

/** @throws {InvalidInputError} */
export function checkKey(key: string): void {
  if (KEY.test(key)) return;
  throw new InvalidInputError(
    'key',
    `expected lower-case letters, digits, - and _, a letter first, at most 63, got ${JSON.stringify(key.slice(0, 80))}`,
  );
}

/** @throws {InvalidInputError} */
export function checkTexts(input: {
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
}): void {
  const { name, description } = input;
  if (name != null && (name.trim() === '' || name.length > MAX_NAME_LENGTH)) {
    throw new InvalidInputError('name', `expected 1 to ${MAX_NAME_LENGTH} characters, got ${name.length}`);
  }
  if (description != null && description.length > MAX_DESCRIPTION_LENGTH) {
    throw new InvalidInputError(
      'description',
      `expected at most ${MAX_DESCRIPTION_LENGTH} characters, got ${description.length}`,
    );
  }
  if (`${name ?? ''}${description ?? ''}`.includes('\u0000')) {
    throw new InvalidInputError('name', 'expected text without the character NUL');
  }
}
