/** Campaigns in rules, as data: reached customers, and purchases after a message. */
import { isSale } from '#events/orders/purchases.ts';
import type { LanguageContribution } from '#rule-language/check/definitions.ts';

/** Attribution window of a sale after a click. */
const CONVERSION_DAYS = 7;

export const campaignLanguage: LanguageContribution = {
  groups: [
    {
      name: 'campaign',
      description: 'Customers to whom a message of the campaign was sent, and since when.',
      current: {
        from: 'events e',
        customerId: 'e.customer_id',
        key: "e.properties ->> 'campaign'",
        at: 'e.occurred_at',
        where: "e.kind = 'message_sent'",
      },
      keys: 'select key from campaigns where archived_at is null',
      changesWith: ['event.message_sent'],
    },
  ],
  functions: [
    {
      name: 'messages_converted',
      description: `Sales within ${CONVERSION_DAYS} days after a link in a message of a campaign was followed, one for each campaign.`,
      from: `(
        select distinct on (o.customer_id, o.id, e.properties ->> 'campaign')
          o.customer_id, o.id, o.placed_at, o.total,
          e.properties ->> 'campaign' as campaign, e.properties ->> 'channel' as channel
        from orders o
        join events e on e.customer_id = o.customer_id and e.kind = 'message_clicked'
          and e.occurred_at <= o.placed_at and e.occurred_at > o.placed_at - interval '${CONVERSION_DAYS} days'
        where ${isSale('o')}
        order by o.customer_id, o.id, e.properties ->> 'campaign', e.occurred_at desc
      ) converted`,
      customerId: 'converted.customer_id',
      occurredAt: 'converted.placed_at',
      id: "converted.id::text || '.' || coalesce(converted.campaign, '')",
      changesWith: ['orders', 'event.message_clicked'],
      properties: [
        { name: 'campaign', type: 'string', description: 'Key of the campaign.', sql: 'converted.campaign' },
        {
          name: 'channel',
          type: 'string',
          description: 'Channel of the message.',
          sql: 'converted.channel',
          examples: ['email'],
        },
        { name: 'amount', type: 'money', description: 'Total of the sale.', sql: 'converted.total' },
      ],
    },
  ],
};
