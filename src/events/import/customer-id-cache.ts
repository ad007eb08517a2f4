/** Ids of the people a file names by an id of its source, so that each is looked up once. Bounded. */
import { identityPolicy } from '#customers/identity/identity-policy.ts';
import { findExternalIds } from '#customers/identity/lookup.ts';
import { upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';

import { retryOnConflict } from '../service.ts';
import { writeBatch } from './transaction.ts';
import { detach } from './values.ts';

/** Beyond so many, people are looked up again rather than kept. */
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
  readonly #idByExternalId = new Map<string, string>();

  constructor(app: App, source: string) {
    this.#app = app;
    this.#source = source;
  }

  /** Whether this is a text that identifies nobody, such as `undefined`; an empty one is none. */
  isPlaceholder(externalId: string): boolean {
    if (externalId === '' || this.has(externalId)) return false;
    return identityPolicy(this.#app).isPlaceholder('external', externalId);
  }

  has(externalId: string): boolean {
    return this.#idByExternalId.has(externalId);
  }

  /** @returns null where `learn` was not asked about them. */
  idOf(externalId: string): string | null {
    return this.#idByExternalId.get(externalId) ?? null;
  }

  /**
   * Finds these people, or makes them. Only a new one takes the country, so that going on half-way changes no old one.
   * @returns the number of people it made
   */
  async learn(people: readonly NamedCustomer[]): Promise<number> {
    if (this.#idByExternalId.size > MAX_KNOWN) this.#idByExternalId.clear();
    const unknown = people.filter(({ externalId }) => !this.#idByExternalId.has(externalId));
    let made = 0;
    for (let start = 0; start < unknown.length; start += CHUNK_SIZE) {
      made += await this.#learnChunk(unknown.slice(start, start + CHUNK_SIZE));
    }
    return made;
  }

  async #learnChunk(people: readonly NamedCustomer[]): Promise<number> {
    const app = this.#app;
    const source = this.#source;
    const externalIds = people.map(({ externalId }) => externalId);
    const known = await findExternalIds(app.db, app.keyring, source, externalIds);
    for (const [externalId, customerId] of known) this.#keep(externalId, customerId);
    const unknown = people.filter(({ externalId }) => !known.has(externalId));
    if (unknown.length === 0) return 0;
    const outcomes = await retryOnConflict(() =>
      writeBatch(app, (tx) =>
        upsertCustomers(
          app,
          unknown.map(({ externalId, country, seenAtMs }) => ({
            identities: [{ kind: 'external', source, value: externalId }],
            country: country ?? undefined,
            createdAt: new Date(seenAtMs),
          })),
          { tx },
        ),
      ),
    );
    for (const [index, { customerId }] of outcomes.entries()) {
      this.#keep(unknown[index]!.externalId, customerId);
    }
    return outcomes.filter(({ outcome }) => outcome === 'created').length;
  }

  #keep(externalId: string, customerId: string): void {
    this.#idByExternalId.set(detach(externalId), customerId);
  }
}
