/** Cache of customer ids by the id in the source of a file, so that each is looked up once. Bounded. */
import { identityPolicy } from '#customers/identity/identity-policy.ts';
import { findExternalIds } from '#customers/identity/lookup.ts';
import { upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';

import { detach } from './values.ts';

/** Beyond this size, customers are looked up again. */
const MAX_KNOWN = 500_000;
const CHUNK_SIZE = 1000;

export interface NamedCustomer {
  readonly externalId: string;
  readonly country: string | null;
  readonly seenAtMs: number;
}

export class CustomerIdCache {
  readonly #app: App;
  readonly #source: string;
  readonly #maxKnown: number;
  readonly #idByExternalId = new Map<string, string>();

  constructor(app: App, source: string, maxKnown = MAX_KNOWN) {
    this.#app = app;
    this.#source = source;
    this.#maxKnown = maxKnown;
  }

  /** Whether this is a placeholder text, such as `undefined`; an empty text is not. */
  isPlaceholder(externalId: string): boolean {
    if (externalId === '' || this.has(externalId)) return false;
    return identityPolicy(this.#app).isPlaceholder('external', externalId);
  }

  has(externalId: string): boolean {
    return this.#idByExternalId.has(externalId);
  }

  /** @returns null where they were neither found nor created in an earlier batch. */
  idOf(externalId: string): string | null {
    return this.#idByExternalId.get(externalId) ?? null;
  }

  /** @returns ids of the existing customers, by id of the source */
  async find(externalIds: readonly string[]): Promise<Map<string, string>> {
    if (this.#idByExternalId.size > this.#maxKnown) this.#idByExternalId.clear();
    const found = new Map<string, string>();
    const unknown: string[] = [];
    for (const externalId of externalIds) {
      const customerId = this.#idByExternalId.get(externalId);
      if (customerId === undefined) unknown.push(externalId);
      else found.set(externalId, customerId);
    }
    for (let start = 0; start < unknown.length; start += CHUNK_SIZE) {
      const { db, keyring } = this.#app;
      const chunk = unknown.slice(start, start + CHUNK_SIZE);
      const known = await findExternalIds(db, keyring, this.#source, chunk);
      for (const [externalId, customerId] of known) found.set(externalId, customerId);
      this.keep(known);
    }
    return found;
  }

  /**
   * Creates these customers in a transaction, without caching them: it may be rolled back. Only a new one gets the
   * country, so that a resumed import changes no existing one.
   * @returns their ids by id of the source, and the number of new ones
   */
  async make(
    tx: Database,
    people: readonly NamedCustomer[],
  ): Promise<{ readonly ids: ReadonlyMap<string, string>; readonly madeCount: number }> {
    const source = this.#source;
    const ids = new Map<string, string>();
    let madeCount = 0;
    for (let start = 0; start < people.length; start += CHUNK_SIZE) {
      const chunk = people.slice(start, start + CHUNK_SIZE);
      const outcomes = await upsertCustomers(
        this.#app,
        chunk.map(({ externalId, country, seenAtMs }) => ({
          identities: [{ kind: 'external', source, value: externalId }],
          country: country ?? undefined,
          createdAt: new Date(seenAtMs),
        })),
        { tx },
      );
      for (const [index, { customerId, outcome }] of outcomes.entries()) {
        ids.set(chunk[index]!.externalId, customerId);
        if (outcome === 'created') madeCount += 1;
      }
    }
    return { ids, madeCount };
  }

  keep(ids: ReadonlyMap<string, string>): void {
    for (const [externalId, customerId] of ids) this.#idByExternalId.set(detach(externalId), customerId);
  }
}
