/** Finds the people of a list by what a caller knows of each. Writes nothing. */
import { findCustomerIds } from '#customers/identity/find-many.ts';
import type { CustomerLookup } from '#customers/identity/lookup.ts';
import type { App } from '#platform/app.ts';
import { InvalidInputError } from '#platform/errors.ts';

export const MAX_PEOPLE = 10_000;

export interface FoundPeople {
  /** Each once. */
  readonly customerIds: readonly string[];
  /** Places in the input of those whom nobody is known by, from 0. */
  readonly unknown: readonly number[];
}

/**
 * Two statements whatever the number. @throws {InvalidInputError} too many, or a value that can be nobody's, such as half
 * an e-mail.
 */
export async function findPeople(app: App, people: readonly CustomerLookup[]): Promise<FoundPeople> {
  if (people.length > MAX_PEOPLE) {
    throw new InvalidInputError('people', `expected at most ${MAX_PEOPLE} people, got ${people.length}`);
  }
  const found = await findCustomerIds(
    app,
    people.map((by, index) => ({ by, field: `people.${index}` })),
  );
  return {
    customerIds: [...new Set(found.filter((id) => id !== null))],
    unknown: found.flatMap((id, index) => (id === null ? [index] : [])),
  };
}
