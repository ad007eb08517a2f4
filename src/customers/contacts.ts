/** One person's contact data as a caller may see it: opened when asked for, masked without `pii:read`. Reads no row. */
import { hasScope, type Viewer } from '#platform/auth/viewer.ts';
import type { Keyring } from '#platform/crypto/keyring.ts';

import type { ContactKind } from './input.ts';
import { maskEmail, maskName, maskPhone } from './masking.ts';
import type { SealedContactRow } from './queries.ts';
import { openContact } from './sealing.ts';

const masks: Readonly<Record<ContactKind, (value: string) => string>> = {
  name: maskName,
  email: maskEmail,
  phone: maskPhone,
  // No part of an address is harmless.
  address: () => '…',
};

export class Contacts {
  readonly #rows: readonly SealedContactRow[];
  readonly #keyring: Keyring;
  readonly #isMasked: boolean;

  /** @param rows of one person, per kind the preferred one first */
  constructor(rows: readonly SealedContactRow[], keyring: Keyring, viewer: Viewer) {
    this.#rows = rows;
    this.#keyring = keyring;
    this.#isMasked = !hasScope(viewer, 'pii:read');
  }

  /** The preferred value of a kind. */
  preferred(kind: ContactKind): string | null {
    return this.#show(this.#rows.find((row) => row.kind === kind));
  }

  /** The value with this hash, such as that of an identity. */
  byHash(hash: string): string | null {
    return this.#show(this.#rows.find((row) => row.hash === hash));
  }

  #show(row: SealedContactRow | undefined): string | null {
    if (row === undefined) return null;
    const value = openContact(this.#keyring, row);
    return this.#isMasked ? masks[row.kind](value) : value;
  }
}
