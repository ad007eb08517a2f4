/** Campaigns made by the mutation. */
import { createId } from '#platform/ids.ts';

import type { TestApp } from '../support/app.ts';
import { query } from '../support/query.ts';
import type { Inputs } from '../support/schema-types.d.ts';

const CREATE = /* GraphQL */ `
  mutation ($input: CreateCampaignInput!) {
    createCampaign(input: $input) {
      __typename
      ... on Error {
        message
      }
      ... on InvalidInputError {
        field
      }
      ... on UnknownSegmentsError {
        keys
      }
      ... on CreateCampaignPayload {
        campaign {
          id
          key
          name
          channel
          purpose
          content
          holdoutShare
          archivedAt
          cap {
            count
            days
          }
          audience {
            includeSegments
            excludeSegments
            rule
            limit
            rankBy
          }
        }
      }
    }
  }
`;

export const content = { subject: 'Seeds are in', body: 'Come and see' };

export async function create(app: TestApp, input: Partial<Inputs['CreateCampaignInput']>) {
  const data = await query(app, CREATE, {
    input: { key: `k-${createId()}`, name: 'Spring', content, audience: {}, ...input },
  });
  return data.createCampaign!;
}

export async function createAndIdentify(
  app: TestApp,
  input: Partial<Inputs['CreateCampaignInput']>,
): Promise<string> {
  return (await create(app, input)).campaign!.id;
}
