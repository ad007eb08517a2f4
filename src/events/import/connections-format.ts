/** Own layout with a row for each connection between two customers. */
import { CONNECTION_KINDS, type ConnectionKind } from '#customers/connections/connection.ts';
import { writeConnections } from '#customers/connections/service.ts';

import { CustomerIdCache } from './customer-id-cache.ts';
import { RowError } from './fields.ts';
import { defineRecordFormat, placeholderError, optionalPast } from './records.ts';

interface ConnectionOfFile {
  readonly kind: ConnectionKind;
  readonly fromExternalId: string;
  readonly toExternalId: string;
  readonly beganAt: Date | null;
}

/** @throws {RowError} */
function readPersonId(people: CustomerIdCache, column: string, externalId: string): string {
  if (people.isPlaceholder(externalId)) throw placeholderError(column, externalId);
  if (externalId !== '') return externalId;
  throw new RowError('missing_customer', `${column}: a connection needs two people`);
}

/** @throws {RowError} */
function readKind(text: string): ConnectionKind {
  const kind = CONNECTION_KINDS.find((known) => known === text.toLowerCase());
  if (kind !== undefined) return kind;
  throw new RowError(
    'bad_kind',
    `kind: expected ${CONNECTION_KINDS.join(', ')}, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}

/**
 * `from` referred or follows `to`; a household has no direction. Customers are identified by their id in the source,
 * and created if unknown.
 */
export const connectionsFormat = defineRecordFormat({
  description: 'a row for each connection of two customers, who are created if their id is unknown',
  required: ['from_customer_id', 'to_customer_id', 'kind'],
  columns: {
    from_customer_id: ['id', 'one customer, who referred or follows the other'],
    to_customer_id: ['id', 'the other customer'],
    kind: ['word', CONNECTION_KINDS.join(', ')],
    since: ['date', 'when it began'],
  },
  open(app, { source }) {
    const cache = new CustomerIdCache(app, source);
    return Promise.resolve({
      read(values): ConnectionOfFile {
        const fromExternalId = readPersonId(cache, 'from_customer_id', values.from_customer_id);
        const toExternalId = readPersonId(cache, 'to_customer_id', values.to_customer_id);
        if (fromExternalId === toExternalId) {
          throw new RowError('same_customer', 'to_customer_id: a customer cannot be connected with themself');
        }
        const beganAt = optionalPast('since', values.since, app.clock()) ?? null;
        return { kind: readKind(values.kind), fromExternalId, toExternalId, beganAt };
      },
      customers: {
        cache,
        namedBy: ({ fromExternalId, toExternalId }: ConnectionOfFile) => {
          const seenAtMs = app.clock().getTime();
          return [fromExternalId, toExternalId].map((externalId) => ({
            externalId,
            country: null,
            seenAtMs,
          }));
        },
      },
      async write(tx, connections: readonly ConnectionOfFile[], { at, customers }) {
        const outcomes = await writeConnections(
          tx,
          connections.map(({ kind, fromExternalId, toExternalId, beganAt }) => ({
            kind,
            fromId: customers.idOf(fromExternalId)!,
            toId: customers.idOf(toExternalId)!,
            source,
            beganAt,
          })),
          at,
        );
        return outcomes.map((outcome) =>
          outcome === 'created' || outcome === 'updated' ? 'imported' : 'unchanged',
        );
      },
    });
  },
});
