/**
 * The customers of the rows of one batch: looked up before its transaction, and created within it if unknown, so that a
 * refused or killed batch creates none.
 */
import type { Database } from '#platform/database/database.ts';

import { lockCustomers, type LockedCustomers } from '../locked-customers.ts';
import type { CustomerIdCache, NamedCustomer } from './customer-id-cache.ts';

/** Customers of a batch while its transaction locks them. */
export interface HeldCustomers {
  readonly locked: LockedCustomers;
  /** Number of customers created from an id alone. */
  readonly madeCount: number;
  /**
   * Id in this database, possibly of a customer merged or erased since; null for an id that is in no row of the batch.
   */
  readonly idOf: (externalId: string) => string | null;
}

export class NamedCustomers {
  readonly #cache: CustomerIdCache;
  readonly #named = new Map<string, NamedCustomer>();
  /** A copy for this batch: the cache may be emptied while the batch waits, or is written again. */
  #known: ReadonlyMap<string, string> = new Map();
  #made: ReadonlyMap<string, string> = new Map();

  constructor(cache: CustomerIdCache) {
    this.#cache = cache;
  }

  /** The first row of a customer determines the country. */
  async find(customers: Iterable<NamedCustomer>): Promise<void> {
    for (const customer of customers) {
      if (!this.#named.has(customer.externalId)) this.#named.set(customer.externalId, customer);
    }
    this.#known = await this.#cache.find([...this.#named.keys()]);
  }

  /** May be called again with another transaction after a rollback. */
  async hold(tx: Database): Promise<HeldCustomers> {
    const known = new Map(this.#known);
    const unknown: NamedCustomer[] = [];
    for (const customer of this.#named.values()) {
      if (known.has(customer.externalId)) continue;
      // The previous batch may have created them since the lookup.
      const id = this.#cache.idOf(customer.externalId);
      if (id === null) unknown.push(customer);
      else known.set(customer.externalId, id);
    }
    // Existing customers are locked before any is created, as by other writers.
    const locked = new Map(await lockCustomers(tx, new Set(known.values())));
    const { ids, madeCount } = await this.#cache.make(tx, unknown);
    for (const [id, customer] of await lockCustomers(tx, new Set(ids.values()))) locked.set(id, customer);
    this.#made = ids;
    return {
      locked,
      madeCount,
      idOf: (externalId) => known.get(externalId) ?? ids.get(externalId) ?? null,
    };
  }

  /** After the commit: later batches need not look up the created customers. */
  remember(): void {
    this.#cache.keep(this.#made);
  }
}
