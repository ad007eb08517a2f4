/** Keyed, batched reads of campaigns. */
import DataLoader from 'dataloader';

import { loadMany, loadOne } from '#platform/loaders.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';

import {
  type AudienceCounts,
  campaignResource,
  type CampaignRow,
  countAudiences,
  judgeCustomers,
  type JudgedCustomer,
  readSuppressions,
  toAudience,
} from './queries.ts';

export const campaignById = loadOne(campaignResource.byIds, ({ id }) => id);

export const countsByCampaign = perRequest(
  ({ db, now }) =>
    new DataLoader<CampaignRow, AudienceCounts>((campaigns) =>
      countAudiences(db, campaigns.map(toAudience), now),
    ),
);

/** A customer at the gates of a campaign. */
export interface Verdict {
  readonly campaign: CampaignRow;
  readonly person: JudgedCustomer;
}

/** Verdicts of one campaign, by customer; null for an unknown campaign or customer. */
export const verdictByCustomer = perRequestWith(
  (context, campaignId: string) =>
    new DataLoader<string, Verdict | null>(async (customerIds) => {
      const campaign = await campaignById(context).load(campaignId);
      if (campaign === null) return customerIds.map(() => null);
      const people = await judgeCustomers(context.db, toAudience(campaign), customerIds, context.now);
      const byId = new Map(people.map((person) => [person.id, person]));
      return customerIds.map((id) => {
        const person = byId.get(id);
        return person === undefined ? null : { campaign, person };
      });
    }),
);

export const suppressionsByCustomer = loadMany(readSuppressions, ({ customerId }) => customerId);
