/** Ids of the people a file names by an id of its source, so that each is looked up once. Bounded. */
import { upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';

import { writeBatch } from './transaction.ts';
import { detach } from './values.ts';

/** Beyond so many, people are looked up again rather than kept. */
const MAX_KNOWN = 500_000;
const CHUNK_SIZE = 1000;

export interface NamedPerson {
  readonly externalId: string;
  readonly country: string | null;
  readonly seenAtMs: number;
}

export class KnownPeople {
  readonly #app: App;
  readonly #source: string;
  readonly #idByExternalId = new Map<string, string>();

  constructor(app: App, source: string) {
    this.#app = app;
    this.#source = source;
  }

  has(externalId: string): boolean {
    return this.#idByExternalId.has(externalId);
  }

  /** @returns null where `learn` was not asked about them. */
  idOf(externalId: string): string | null {
    return this.#idByExternalId.get(externalId) ?? null;
  }

  /** Finds these people, or makes them. Only a new one takes the country, so that going on half-way changes no old one. */
  async learn(people: readonly NamedPerson[]): Promise<void> {
    if (this.#idByExternalId.size > MAX_KNOWN) this.#idByExternalId.clear();
    const unknown = people.filter(({ externalId }) => !this.#idByExternalId.has(externalId));
    for (let start = 0; start < unknown.length; start += CHUNK_SIZE) {
      const chunk = unknown.slice(start, start + CHUNK_SIZE);
      const outcomes = await writeBatch(this.#app, async (tx) => {
        const found = await upsertCustomers(
          this.#app,
          chunk.map((person) => ({ identities: [this.#identityOf(person)] })),
          { tx },
        );
        const created = chunk.filter((_, index) => found[index]!.outcome === 'created');
        if (created.length === 0) return found;
        await upsertCustomers(
          this.#app,
          created.map((person) => ({
            identities: [this.#identityOf(person)],
            country: person.country,
            createdAt: new Date(person.seenAtMs),
          })),
          { tx },
        );
        return found;
      });
      for (const [index, { customerId }] of outcomes.entries()) {
        this.#idByExternalId.set(detach(chunk[index]!.externalId), customerId);
      }
    }
  }

  #identityOf({ externalId }: NamedPerson) {
    return { kind: 'external' as const, source: this.#source, value: externalId };
  }
}
