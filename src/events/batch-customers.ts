/**
 * The customers of the items of a batch: found and locked, or created, in the transaction that writes the batch, so
 * that a refused or killed batch creates none.
 */
import type { ItemChecks } from '#platform/input/item-checks.ts';
import { identityKey, readOwners } from '#customers/identity/identities.ts';
import { identityPolicy } from '#customers/identity/identity-policy.ts';
import { type IdentityInput, type IdentityKey, placeholderError } from '#customers/input.ts';
import {
  type CustomerLookup,
  lookupIdentity,
  lookupInput,
  readCustomerId,
} from '#customers/identity/lookup.ts';
import { upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError } from '#platform/errors.ts';

import { type LockedCustomer, lockCustomers, type LockedCustomers } from './locked-customers.ts';

export interface AboutPerson {
  /** Null where the identity has no owner, or where `customer` is the customer. */
  readonly customerId: string | null;
  /** A customer with another identity than an id is created if it has no owner. */
  readonly customer?: CustomerLookup | null | undefined;
}

interface ByIdentity {
  readonly key: IdentityKey;
  readonly input: IdentityInput;
}

/** The customer of each item: an id, an identity, or null for none. */
export type NamedPeople = readonly (string | ByIdentity | null)[];

const idField = (field: string): string => (field === 'customer' ? 'customer.id' : field);

/** Adds unknown customers to the checks. */
export function readNamedPeople(app: App, items: readonly AboutPerson[], checks: ItemChecks): NamedPeople {
  const { isPlaceholder } = identityPolicy(app);
  return items.map(({ customerId, customer }, index) => {
    const by = customer ?? (customerId === null ? null : { id: customerId });
    if (by === null) return null;
    const field = customer == null ? 'customerId' : 'customer';
    const input = lookupInput(by);
    if (input !== null && isPlaceholder(input.kind, input.value)) {
      checks.add(index, field, placeholderError(field).message, 'placeholder');
      return null;
    }
    try {
      return input === null ? readCustomerId(by.id ?? '') : { key: lookupIdentity(by, app.keyring)!, input };
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      checks.add(index, by.id == null ? field : idField(field), error.message);
      return null;
    }
  });
}

/** Customers of a batch while its transaction locks them. */
export class BatchPeople {
  readonly #named: NamedPeople;
  readonly #owners: Map<string, string>;
  readonly #people: Map<string, LockedCustomer>;

  private constructor(named: NamedPeople, owners: Map<string, string>, people: LockedCustomers) {
    this.#named = named;
    this.#owners = owners;
    this.#people = new Map(people);
  }

  /** Locks the existing ones in one statement: two writers then never deadlock. */
  static async hold(tx: Database, named: NamedPeople): Promise<BatchPeople> {
    const keys = named.flatMap((one) => (one === null || typeof one === 'string' ? [] : [one.key]));
    const owners = keys.length === 0 ? new Map<string, string>() : await readOwners(tx, keys);
    const ids = named.filter((one) => typeof one === 'string');
    return new BatchPeople(named, owners, await lockCustomers(tx, new Set([...ids, ...owners.values()])));
  }

  get people(): LockedCustomers {
    return this.#people;
  }

  /** Adds items with an unknown id to the checks. */
  check(checks: ItemChecks, field: (index: number) => string): void {
    for (const [index, one] of this.#named.entries()) {
      if (typeof one !== 'string' || this.#people.has(one)) continue;
      checks.add(index, field(index), `there is no customer ${one}`, 'unknown_customer');
    }
  }

  /** Creates the unknown customers of these items. @returns their ids, to be flushed after the commit */
  async make(tx: Database, app: App, indexes: readonly number[]): Promise<readonly string[]> {
    const unknown = new Map<string, IdentityInput>();
    for (const index of indexes) {
      const one = this.#named[index]!;
      if (one === null || typeof one === 'string' || this.idOf(index) !== null) continue;
      unknown.set(identityKey(one.key), one.input);
    }
    if (unknown.size === 0) return [];
    const made = await upsertCustomers(
      app,
      Array.from(unknown.values(), (identity) => ({ identities: [identity] })),
      { tx },
    );
    const ids = made.map(({ customerId }) => customerId);
    for (const [position, key] of [...unknown.keys()].entries()) this.#owners.set(key, ids[position]!);
    for (const [id, person] of await lockCustomers(tx, new Set(ids))) this.#people.set(id, person);
    return ids;
  }

  /** Null for an item without a customer, or with an unknown one. */
  idOf(index: number): string | null {
    const one = this.#named[index]!;
    const id = one === null || typeof one === 'string' ? one : this.#owners.get(identityKey(one.key));
    return (id == null ? undefined : this.#people.get(id)?.id) ?? null;
  }

  /** Equal for two items about one customer, also before that customer is created. */
  keyOf(index: number): string {
    const one = this.#named[index]!;
    return this.idOf(index) ?? (one === null || typeof one === 'string' ? '' : identityKey(one.key));
  }
}
