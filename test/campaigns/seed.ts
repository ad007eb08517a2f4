/** People for the campaign tests, written straight into the tables that the gates read. */
import { ensureEventPartitions } from '#events/partitions.ts';
import { createId } from '#platform/ids.ts';

import type { TestApp } from '../support/app.ts';

export const now = new Date('2026-06-15T12:00:00Z');
const DAY_MS = 86_400_000;

export interface PersonFixture {
  readonly country?: string | undefined;
  readonly revenue?: number | undefined;
  readonly addresses?: readonly ('email' | 'phone' | 'push')[];
  readonly consents?: readonly (readonly [channel: string, purpose: string, status: 'granted' | 'denied'])[];
  readonly suppressedOn?: readonly string[];
  /** Instants of messages sent to the person. */
  readonly messagesAt?: readonly Date[];
  readonly segmentIds?: readonly string[];
}

/** Somebody whom every gate lets pass. */
export const reachable: PersonFixture = {
  addresses: ['email'],
  consents: [['email', 'marketing', 'granted']],
};

export async function addPeople(app: TestApp, people: readonly PersonFixture[]): Promise<string[]> {
  // A millisecond each, so that ids ascend in the order given.
  const ids = people.map((_, index) => createId(now.getTime() + index));
  const rows = <Row>(of: (person: PersonFixture, id: string) => readonly Row[]): Row[] =>
    people.flatMap((person, index) => of(person, ids[index]!));
  const insert = (table: string, columns: string, values: readonly object[]) =>
    app.db.query(
      `insert into ${table} (${columns})
      select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [JSON.stringify(values)],
    );
  await ensureEventPartitions(
    app,
    people.flatMap(({ messagesAt = [] }) => messagesAt.map((at) => at.getTime())),
  );
  const bytes = String.raw`\x00`;

  await insert(
    'customers',
    'id, country, attributes, created_at, updated_at',
    rows(({ country }, id) => [{ id, country, attributes: {}, created_at: now, updated_at: now }]),
  );
  await insert(
    'customer_profiles',
    'customer_id, order_count, revenue, item_count, distinct_product_count, return_count, top_categories, interests, tags, computed_at',
    rows(({ revenue }, id) =>
      revenue === undefined
        ? []
        : [
            {
              customer_id: id,
              order_count: 1,
              revenue,
              item_count: 1,
              distinct_product_count: 1,
              return_count: 0,
              top_categories: [],
              interests: [],
              tags: [],
              computed_at: now,
            },
          ],
    ),
  );
  await insert(
    'customer_contacts',
    'customer_id, kind, position, key_id, sealed, value_hash, updated_at',
    rows(({ addresses = [] }, id) =>
      addresses
        .filter((kind) => kind !== 'push')
        .flatMap((kind) =>
          [0, 1].map((position) => ({
            customer_id: id,
            kind,
            position,
            key_id: 'test',
            sealed: bytes,
            value_hash: bytes,
            updated_at: now,
          })),
        ),
    ),
  );
  await insert(
    'customer_identities',
    'value_hash, kind, source, customer_id, value, created_at',
    rows(({ addresses = [] }, id) =>
      addresses
        .filter((kind) => kind === 'push')
        .map(() => ({
          value_hash: String.raw`\x` + id.replaceAll('-', ''),
          kind: 'external',
          source: 'push',
          customer_id: id,
          value: id,
          created_at: now,
        })),
    ),
  );
  await insert(
    'consents',
    'customer_id, channel, purpose, status, source, recorded_at',
    rows(({ consents = [] }, id) =>
      consents.map(([channel, purpose, status]) => ({
        customer_id: id,
        channel,
        purpose,
        status,
        source: 'test',
        recorded_at: now,
      })),
    ),
  );
  await insert(
    'suppressions',
    'customer_id, channel, reason, created_at',
    rows(({ suppressedOn = [] }, id) =>
      suppressedOn.map((channel) => ({ customer_id: id, channel, reason: 'bounced', created_at: now })),
    ),
  );
  await insert(
    'events',
    'customer_id, occurred_at, id, kind, source, properties, recorded_at',
    rows(({ messagesAt = [] }, id) =>
      messagesAt.map((occurredAt) => ({
        customer_id: id,
        occurred_at: occurredAt,
        id: createId(),
        kind: 'message_sent',
        source: 'test',
        properties: {},
        recorded_at: now,
      })),
    ),
  );
  await insert(
    'segment_memberships',
    'customer_id, segment_id, entered_at, rule_version',
    rows(({ segmentIds = [] }, id) =>
      segmentIds.map((segmentId) => ({
        customer_id: id,
        segment_id: segmentId,
        entered_at: now,
        rule_version: 1,
      })),
    ),
  );
  return ids;
}

export const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
