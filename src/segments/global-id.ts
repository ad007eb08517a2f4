/** Ids as callers give them: the global id of a type, or the plain UUID. */
import { InvalidInputError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';

/** @throws {InvalidInputError} the text is neither. */
export function readGlobalId(type: string, text: string, field = 'id'): string {
  const [name, global] = Buffer.from(text, 'base64').toString().split(':', 2);
  const id = isUuid(text) ? text : name === type ? global : undefined;
  if (id !== undefined && isUuid(id)) return id.toLowerCase();
  throw new InvalidInputError(field, `expected an id as in ${type}.id, or the plain UUID`);
}
