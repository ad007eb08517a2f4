/** Layout of our own with a row for each connection between two people. */
import { CONNECTION_KINDS, type ConnectionKind } from '#customers/connections/connection.ts';
import { writeConnections } from '#customers/connections/service.ts';
import { readKey } from '#platform/input/text.ts';

import { KnownPeople } from './known-people.ts';
import { defineRecordFormat, optionalPast, RowError } from './records.ts';

interface ConnectionOfFile {
  readonly kind: ConnectionKind;
  readonly fromExternalId: string;
  readonly toExternalId: string;
  readonly beganAt: Date | null;
}

const MAX_ID_LENGTH = 200;

/** @throws {RowError} */
function readPersonId(column: string, externalId: string): string {
  if (externalId === '') throw new RowError('missing_customer', `${column}: a connection needs two people`);
  return readKey(column, externalId, MAX_ID_LENGTH);
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
 * `from` referred or follows `to`; a household has no direction. People are known by their id in the source, and made
 * where nobody has it.
 */
export const connectionsFormat = defineRecordFormat({
  required: ['from_customer_id', 'to_customer_id', 'kind'],
  optional: ['since'],
  open(app, source) {
    const people = new KnownPeople(app, source);
    return Promise.resolve({
      read(values): ConnectionOfFile {
        const fromExternalId = readPersonId('from_customer_id', values.from_customer_id);
        const toExternalId = readPersonId('to_customer_id', values.to_customer_id);
        if (fromExternalId === toExternalId) {
          throw new RowError('same_customer', 'to_customer_id: nobody is connected with themself');
        }
        const beganAt = optionalPast('since', values.since, app.clock()) ?? null;
        return { kind: readKind(values.kind), fromExternalId, toExternalId, beganAt };
      },
      async prepare(connections: readonly ConnectionOfFile[]) {
        const seenAtMs = app.clock().getTime();
        const ids = new Set(
          connections.flatMap(({ fromExternalId, toExternalId }) => [fromExternalId, toExternalId]),
        );
        await people.learn([...ids].map((externalId) => ({ externalId, country: null, seenAtMs })));
      },
      async write(tx, connections: readonly ConnectionOfFile[], at) {
        const outcomes = await writeConnections(
          tx,
          connections.map(({ kind, fromExternalId, toExternalId, beganAt }) => ({
            kind,
            fromId: people.idOf(fromExternalId)!,
            toId: people.idOf(toExternalId)!,
            source,
            beganAt,
          })),
          at,
        );
        return outcomes.map((outcome) => outcome === 'created' || outcome === 'updated');
      },
    });
  },
});
