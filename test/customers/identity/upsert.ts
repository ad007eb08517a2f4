/** Upserts by the mutation, and identities for them. */
import type { TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';
import type { Inputs } from '../../support/schema-types.d.ts';

export const UPSERT = `mutation ($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { __typename
  ... on UpsertCustomerPayload { outcome customerId
    customer { displayName email phone country identities { kind source value } }
    conflicts { id kind source reason status identity { value } owner { id displayName } customer { id } }
    ignoredIdentities { field kind } }
  ... on InvalidInputError { field message }
  ... on IdentityConflictError { message conflicts { kind source reason owner { displayName } } } } }`;

export async function upsert(app: TestApp, input: Inputs['UpsertCustomerInput']) {
  const data = await query(app, UPSERT, { input });
  return data.upsertCustomer!;
}

export const external = (value: string, source = 'shop') => ({ kind: 'EXTERNAL' as const, source, value });
export const device = (value: string) => ({ kind: 'ANONYMOUS' as const, value });
