/** Typical segments of a shop, as data for the demo. */
import type { CreateSegmentInput } from '#segments/service.ts';

export const demoSegments: readonly CreateSegmentInput[] = [
  {
    key: 'champions',
    name: 'Champions',
    description: 'Bought lately, often and for much. Treat them first and ask them for reviews.',
    rule: "rfm_group = 'champions'",
  },
  {
    key: 'lapsing_loyal',
    name: 'Lapsing loyal customers',
    description: 'Three sales or more, and none for 90 days. Win them back before they are gone.',
    rule: 'number_of_orders >= 3 AND last_order_date < -90d',
  },
  {
    key: 'new_buyers',
    name: 'New buyers',
    description: 'First sale within 30 days, and only that one. Welcome them and suggest a second.',
    rule: 'number_of_orders = 1 AND first_order_date >= -30d',
  },
  {
    key: 'big_spenders_this_quarter',
    name: 'Big spenders of 90 days',
    description: 'Three sales or more for over 500 together within 90 days.',
    rule: 'orders_placed MATCHES (count >= 3, date >= -90d, sum_amount > 500)',
  },
  {
    key: 'email_window_shoppers',
    name: 'Window shoppers who take e-mail',
    description: 'Agreed to marketing by e-mail and never bought. Send the first offer.',
    rule: "number_of_orders = 0 AND email_subscription_status = 'subscribed'",
  },
  {
    key: 'frequent_returners',
    name: 'Frequent returners',
    description: 'A fifth or more of what they bought came back. Leave them out of free-shipping offers.',
    rule: 'number_of_returns >= 2 AND return_rate >= 0.2',
  },
];
