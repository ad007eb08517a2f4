/** People and their connections for tests of both. */
import { upsertCustomers } from '#customers/service.ts';

import { type TestApp, viewerWith } from '../support/app.ts';
import { query } from '../support/query.ts';
import type { Variables } from '../support/typed-text.ts';
import { plainId } from '../support/global-ids.ts';

type Kind = 'referral' | 'household' | 'follow';

export function tell(
  kind: Kind,
  fromId: string,
  toId: string,
  more: { source?: string; beganAt?: Date } = {},
) {
  return { kind, from: { id: fromId }, to: { id: toId }, source: 'test', ...more };
}

export const QUERY = `query ($id: ID!, $kinds: [ConnectionKind!], $first: Int, $after: String, $last: Int, $before: String) {
  customer(by: { id: $id }) { connections(kinds: $kinds, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { kind direction source beganAt recordedAt node { id displayName } } } } }`;

export function connectionsIn(appOf: () => TestApp) {
  let serial = 0;

  /** People nobody is connected with yet. */
  async function addPeople(...names: readonly string[]): Promise<string[]> {
    serial += 1;
    const outcomes = await upsertCustomers(
      appOf(),
      names.map((value) => ({
        identities: [{ kind: 'external', source: `crm${serial}`, value }],
        name: `${value} Smith`,
      })),
    );
    return outcomes.map(({ customerId }) => customerId);
  }

  async function readConnections(
    id: string,
    variables: Partial<Variables<typeof QUERY>> = {},
    viewer = viewerWith(),
  ) {
    const data = await query(appOf(), QUERY, { id, ...variables }, viewer);
    return data.customer!.connections!;
  }

  /** `kind direction id`, in any order. */
  async function sidesOf(id: string): Promise<string[]> {
    const { edges } = await readConnections(id);
    return edges
      .map((edge) => {
        const other = plainId(edge.node.id);
        return `${edge.kind} ${edge.direction} ${other}`;
      })
      .toSorted();
  }

  /** Where those who were added last have their ids. */
  const lastSource = (): string => `crm${serial}`;

  return { addPeople, readConnections, sidesOf, lastSource };
}
