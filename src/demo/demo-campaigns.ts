/** Campaigns of the demo shop, as data. They name its segments. */
import type { CampaignInput } from '#campaigns/service.ts';

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
