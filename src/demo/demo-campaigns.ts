/** Campaigns of the demo shop, as data: planned ones, which use its segments, and past ones. */
import type { CampaignInput } from '#campaigns/service.ts';
import type { Channel } from '#campaigns/tables.ts';

export const demoCampaigns: readonly CampaignInput[] = [
  {
    key: 'autumn-kitchen',
    name: 'Autumn in the kitchen',
    content: { subject: 'Bake the rain away', body: 'New tins, trays and stockpots are in.' },
    audience: {
      includeSegments: ['champions', 'big_spenders_this_quarter'],
      channel: 'email',
      cap: { count: 2, days: 14 },
      holdoutShare: 0.1,
    },
  },
  {
    key: 'weekend-flash',
    name: 'Weekend flash sale',
    content: { text: 'Two days, a fifth off everything for your table.' },
    audience: {
      rule: 'number_of_orders >= 2',
      channel: 'sms',
      cap: { count: 2, days: 7 },
      holdoutShare: 0.1,
    },
  },
  {
    key: 'we-miss-you',
    name: 'We miss you',
    content: { subject: 'It has been a while', body: 'Here is what is new in what you liked.' },
    audience: {
      includeSegments: ['lapsing_loyal'],
      excludeSegments: ['frequent_returners'],
      limit: 150,
      rankBy: 'revenue',
      channel: 'email',
      holdoutShare: 0.2,
    },
  },
];

interface Mailing {
  readonly campaign: string;
  readonly channel: Channel;
  readonly daysAgo: number;
}

const letter = (key: string, name: string, subject: string, daysAgo: number) => ({
  daysAgo,
  campaign: {
    key,
    name,
    content: { subject, body: 'Read it with a cup of tea.' },
    audience: { rule: 'number_of_orders >= 1', channel: 'email', cap: { count: 3, days: 30 } },
  } satisfies CampaignInput,
});

/** Past e-mail campaigns, oldest first: created before they were sent and archived afterwards. */
export const pastCampaigns: readonly { readonly daysAgo: number; readonly campaign: CampaignInput }[] = [
  letter('opening-letter', 'Opening letter', 'We are open', 655),
  letter('kitchen-essentials', 'Kitchen essentials', 'Ten things that every kitchen needs', 560),
  letter('thank-you', 'Thank you', 'A small thank-you from the shop', 470),
  letter('new-arrivals', 'New arrivals', 'Fresh on the shelves', 385),
  letter('clearance', 'Clearance', 'Making room: last pieces', 295),
  letter('recipes', 'Recipes', 'Three recipes for a slow evening', 200),
  letter('monthly-letter-3', 'Monthly letter 3', 'What is new this month', 104),
  letter('garden-plans', 'Garden plans', 'Seeds, pots and a plan', 75),
  letter('monthly-letter-2', 'Monthly letter 2', 'What is new this month', 43),
  letter('monthly-letter-1', 'Monthly letter 1', 'What is new this month', 12),
];

/** When each campaign was sent. The newest are inside the window of a usual cap. */
export const mailings: readonly Mailing[] = [
  ...pastCampaigns.map(({ campaign, daysAgo }) => ({
    campaign: campaign.key,
    channel: 'email' as const,
    daysAgo,
  })),
  { campaign: 'weekend-flash', channel: 'sms', daysAgo: 5 },
  { campaign: 'autumn-kitchen', channel: 'email', daysAgo: 3 },
];
