/** Change-log entries of written customers. They contain the names of changed fields, never the values. */
import type { RecordedChange } from '#changes/record.ts';

import { changedAttributes, changedContactKinds, type Person } from './identity/customer-facts.ts';

/** Columns of `customers` by their names in rules. */
const TRAITS = [
  ['country', 'country'],
  ['language', 'language'],
  ['createdAt', 'created_at'],
  ['firstSeenAt', 'first_seen_at'],
  ['lastSeenAt', 'last_seen_at'],
] as const;

/** @param hasNewIdentity whether the customer gained or lost an identity */
export function changesOf(person: Person, hasNewIdentity: boolean): RecordedChange[] {
  const customerId = person.id;
  const facts = changedFactNames(person, hasNewIdentity || person.removed.length > 0);
  return [
    ...(person.isNew ? [{ kind: 'customer_created', customerId } as const] : []),
    ...person.absorbed.map(
      (absorbedId) => ({ kind: 'customer_merged', customerId, subjectId: absorbedId }) as const,
    ),
    ...(person.isNew || facts.length === 0
      ? []
      : [{ kind: 'customer_changed', customerId, details: { facts } } as const]),
    ...person.recorded.map(({ channel, purpose, status, recordedAt }) => {
      const details = { channel, purpose, status, recordedAt };
      return { kind: 'consent_recorded', customerId, details } as const;
    }),
  ];
}

function changedFactNames(person: Person, hasOtherIdentities: boolean): string[] {
  const { facts, stored } = person;
  const traits = TRAITS.filter(([field]) => String(facts[field]) !== String(stored[field]));
  return [
    ...traits.map(([, name]) => name),
    ...changedContactKinds(person),
    ...(hasOtherIdentities ? ['identities'] : []),
    ...changedAttributes(person).map((key) => `attribute.${key}`),
  ];
}
