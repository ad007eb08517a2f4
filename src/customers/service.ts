/** Writes and rules for customers: the only code that inserts into `customers`. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';

import { takeAttributes } from './attributes/check.ts';
import {
  type Change,
  changeAndSettle,
  type ChangeOptions,
  isLiving,
  lockLiving,
  savePeople,
} from './change-customers.ts';
import {
  type ConsentInput,
  type CustomerInput,
  emptyInput,
  prepareCustomer,
  type PreparedCustomer,
  type IdentityInput,
  type IgnoredIdentity,
  readAttributes,
  readConsent,
  readIdentityList,
} from './input.ts';
import { type ConflictRow, writeConflicts } from './conflicts/rows.ts';
import { identityKey } from './identity/identities.ts';
import { identityPolicy, type OnConflict } from './identity/identity-policy.ts';
import { lockCustomers, readFacts } from './identity/customer-rows.ts';
import {
  absorbPerson,
  applyInput,
  type Person,
  removeIdentities,
  startPerson,
} from './identity/customer-facts.ts';
import { readIdentities } from './queries.ts';
import { type FindOptions, findOrStartPeople } from './identity/resolve-customers.ts';

export type { ConsentInput, CustomerInput, IdentityInput } from './input.ts';

export interface UpsertOptions extends ChangeOptions {
  /** Policy for an identity that would merge customers whose stronger identities differ; `keep` by default. */
  readonly onConflict?: OnConflict | undefined;
}

export interface UpsertOutcome {
  readonly customerId: string;
  /** `merged`: the input's identities belonged to several customers, who were merged. */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'merged';
  /** Identities of the input that stay with another customer, as in the queue. */
  readonly conflicts: readonly ConflictRow[];
  /** Placeholders among the identities of the input. */
  readonly ignored: readonly IgnoredIdentity[];
}

/**
 * Finds each input's customer by any of its identities, or creates one, and writes the changes, in one transaction and
 * a constant number of statements. Idempotent. Inputs that share an identity are one customer, unless stronger
 * identities differ; the later of two values wins. For up to 1,000 inputs at a time.
 * @throws {InvalidInputError} for the first invalid input; nothing is written then.
 * @throws {IdentityConflictError} identities contradict each other, and `onConflict` is `reject`; nothing is written.
 */
export async function upsertCustomers(
  app: App,
  inputs: readonly CustomerInput[],
  options: UpsertOptions = {},
): Promise<readonly UpsertOutcome[]> {
  if (inputs.length === 0) return [];
  const at = app.clock();
  const policy = identityPolicy(app);
  const prepared = inputs.map((input, index) =>
    prepareCustomer(input, app.keyring, { policy, now: at }, inputs.length === 1 ? '' : `inputs.${index}.`),
  );

  const noteTypes = await takeAttributes(
    app,
    options.tx,
    prepared.map(({ attributes }) => attributes),
    (index) => (inputs.length === 1 ? 'attributes' : `inputs.${index}.attributes`),
  );

  const { onConflict = 'keep' } = options;
  return changeAndSettle(app, options.tx, async (tx) => {
    await noteTypes(tx, at);
    return writePrepared(app, tx, prepared, { policy, onConflict, at });
  });
}

/**
 * Finds the customer of each input, or creates one, and writes the changes, in the caller's transaction.
 * @throws {IdentityConflictError} identities contradict each other, and the policy is to reject; nothing is written.
 */
export async function writePrepared(
  app: App,
  tx: Database,
  prepared: readonly PreparedCustomer[],
  { policy, onConflict, at }: FindOptions,
): Promise<Change<readonly UpsertOutcome[]>> {
  const people = await findOrStartPeople(tx, app.keyring, prepared, { policy, onConflict, at });
  const { found } = people;
  for (const { person, inputIndexes } of found) {
    for (const index of inputIndexes) applyInput(person, prepared[index]!);
  }
  const changed = await savePeople(
    app,
    tx,
    found.map(({ person }) => person),
    at,
    new Set(found.filter(({ hasNewIdentity }) => hasNewIdentity).map(({ person }) => person.id)),
  );
  const rows = await writeConflicts(tx, people.conflicts, at);
  const conflicts = Map.groupBy(rows.keys(), (place) => people.conflicts[place]!.inputIndex);

  const outcomes: UpsertOutcome[] = [];
  for (const { person, inputIndexes, hasNewIdentity } of found) {
    const outcome = describeChange(person, hasNewIdentity || changed.has(person.id));
    for (const [position, index] of inputIndexes.entries()) {
      // A customer is created once, however many inputs are about them.
      const isRepeat = outcome === 'created' && position > 0;
      outcomes[index] = {
        customerId: person.id,
        outcome: isRepeat ? 'updated' : outcome,
        conflicts: (conflicts.get(index) ?? []).map((place) => rows[place]!),
        ignored: prepared[index]!.ignored,
      };
    }
  }
  return { result: outcomes, changed };
}

function describeChange(person: Person, isChanged: boolean): UpsertOutcome['outcome'] {
  if (person.isNew) return 'created';
  if (person.absorbed.length > 0) return 'merged';
  return isChanged ? 'updated' : 'unchanged';
}

/**
 * Merges two customers into the one to keep; identities, events and consents follow, and its facts win over the
 * other's.
 * @throws {NotFoundError} either is unknown, erased, or was merged into another one.
 * @throws {InvalidInputError} both are the same.
 */
export async function mergeCustomers(
  app: App,
  keepId: string,
  dropId: string,
  options: ChangeOptions = {},
): Promise<void> {
  if (keepId === dropId) throw new InvalidInputError('dropId', 'expected two different customers');
  const at = app.clock();
  await changeAndSettle(app, options.tx, async (tx) => {
    const rows = await lockCustomers(tx, [keepId, dropId]);
    const facts = await readFacts(tx, app.keyring, rows.filter(isLiving));
    for (const id of [keepId, dropId]) {
      if (!facts.has(id)) throw new NotFoundError(`there is no customer ${id}`);
    }
    const person = startPerson(keepId, false, facts.get(keepId)!);
    absorbPerson(person, dropId, facts.get(dropId)!);
    const changed = await savePeople(app, tx, [person], at);
    return { result: undefined, changed };
  });
}

/**
 * Records a decision about a channel and a purpose; the newest one is current.
 * @returns the customer's id, which differs for a merged customer
 * @throws {InvalidInputError}
 * @throws {NotFoundError} the customer is unknown or erased.
 */
export async function recordConsent(
  app: App,
  customerId: string,
  consent: ConsentInput,
  options: ChangeOptions = {},
): Promise<string> {
  const consents = [readConsent(consent, app.clock(), 'consent.')];
  return changeCustomer(app, customerId, { ...emptyInput, consents }, options);
}

/**
 * Sets attributes key by key; null removes one.
 * @returns the customer's id, which differs for a merged customer
 * @throws {InvalidInputError}
 * @throws {NotFoundError} the customer is unknown or erased.
 */
export async function setCustomerAttributes(
  app: App,
  customerId: string,
  attributes: Readonly<Record<string, unknown>>,
  options: ChangeOptions = {},
): Promise<string> {
  const patch = readAttributes('attributes', attributes);
  return changeCustomer(app, customerId, { ...emptyInput, attributes: patch }, options);
}

/**
 * Removes identities of a customer, with their contact data; those of other customers are ignored. At least one must
 * stay, so that the customer can be found.
 * @returns the customer's id, which differs for a merged customer
 * @throws {InvalidInputError} no identity would be left.
 * @throws {NotFoundError} the customer is unknown or erased.
 */
export async function removeCustomerIdentities(
  app: App,
  customerId: string,
  identities: readonly IdentityInput[],
  options: ChangeOptions = {},
): Promise<string> {
  const keys = readIdentityList(identities, app.keyring);
  const at = app.clock();
  return changeAndSettle(app, options.tx, async (tx) => {
    const row = await lockLiving(tx, customerId);
    const held = await readIdentities(tx, [row.id]);
    const given = new Set(keys.map(identityKey));
    const removed = held.filter((identity) => given.has(identityKey(identity)));
    if (removed.length > 0 && removed.length === held.length) {
      throw new InvalidInputError('identities', 'expected at least one identity of the customer to be left');
    }
    const facts = await readFacts(tx, app.keyring, [row]);
    const person = startPerson(row.id, false, facts.get(row.id)!);
    removeIdentities(person, removed);
    return { result: row.id, changed: await savePeople(app, tx, [person], at) };
  });
}

async function changeCustomer(
  app: App,
  customerId: string,
  input: PreparedCustomer,
  options: ChangeOptions,
): Promise<string> {
  const at = app.clock();
  const noteTypes = await takeAttributes(app, options.tx, [input.attributes], () => 'attributes');
  return changeAndSettle(app, options.tx, async (tx) => {
    await noteTypes(tx, at);
    const row = await lockLiving(tx, customerId);
    const facts = await readFacts(tx, app.keyring, [row]);
    const person = startPerson(row.id, false, facts.get(row.id)!);
    applyInput(person, input);
    return { result: row.id, changed: await savePeople(app, tx, [person], at) };
  });
}
