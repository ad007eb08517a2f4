/** Finds the customers of a list by their identities. Writes nothing. */
import { findCustomerIds } from '#customers/identity/find-many.ts';
import type { CustomerLookup } from '#customers/identity/lookup.ts';
import type { App } from '#platform/app.ts';
import { InvalidInputError } from '#platform/errors.ts';

export const MAX_PEOPLE = 10_000;

export interface FoundPeople {
  /** Without duplicates. */
  readonly customerIds: readonly string[];
  /** Zero-based indexes of the inputs that match no customer. */
  readonly unknown: readonly number[];
}

/**
 * Two statements for any number of inputs. @throws {InvalidInputError} too many, or an invalid value, such as half an
 * e-mail.
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
