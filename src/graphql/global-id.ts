/** The global id of an object: its type and its id there, in base64. */
import { InvalidInputError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';

/** In the form of the Relay plugin. Encoded only when the response is written: a page contains hundreds of objects. */
export class GlobalId {
  /** `Customer:` */
  readonly prefix: string;
  readonly id: string;

  constructor(prefix: string, id: string) {
    this.prefix = prefix;
    this.id = id;
  }

  toString(): string {
    return btoa(this.prefix + this.id);
  }

  /** graphql-js serialises an ID by it. */
  valueOf(): string {
    return this.toString();
  }
}

export interface DecodedId {
  /** Empty where the text is not a global id. */
  readonly typename: string;
  /**
   * UUIDs in lower case, joined by colons: one, or that of the owner before that of the object. Empty where invalid.
   */
  readonly id: string;
}

/** Type, colon, UUIDs: the longest has two of them. */
const MAX_GLOBAL_ID_LENGTH = 200;
const NO_ID: DecodedId = { typename: '', id: '' };

/** Never throws: the type or the id of an invalid id is empty. */
export function decodeGlobalId(text: string): DecodedId {
  if (text.length > MAX_GLOBAL_ID_LENGTH) return NO_ID;
  const [typename = '', ...ids] = Buffer.from(text, 'base64').toString('latin1').split(':');
  if (ids.length === 0 || !/^[A-Za-z_]\w*$/.test(typename)) return NO_ID;
  return { typename, id: ids.every(isUuid) ? ids.join(':').toLowerCase() : '' };
}

/** The UUID in a global id of the type, or the plain UUID itself. @throws {InvalidInputError} the text is neither. */
export function readGlobalId(type: string, text: string, field = 'id'): string {
  if (isUuid(text)) return text.toLowerCase();
  const { typename, id } = decodeGlobalId(text);
  if (typename === type && isUuid(id)) return id;
  throw new InvalidInputError(field, `expected an id as in ${type}.id, or the plain UUID`);
}
