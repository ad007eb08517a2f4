/** Event functions of customers for rules: orders, products bought, events, as data. */
import { isReturn, isSale } from '#events/orders/purchases.ts';

import type { EventProperty, FunctionDefinition } from '#rule-language/check/definitions.ts';
import { countryForm } from './text-forms.ts';

const orderProperties: readonly EventProperty[] = [
  {
    name: 'country',
    type: 'string',
    description: 'Country of the order, ISO 3166-1 alpha-2.',
    sql: 'o.country',
    form: countryForm,
  },
  { name: 'channel', type: 'string', description: 'Channel of the order.', sql: 'o.channel' },
  { name: 'source', type: 'string', description: 'Source system of the order.', sql: 'o.source' },
];

const productProperties: readonly EventProperty[] = [
  { name: 'sku', type: 'string', description: 'Stock keeping unit of the product.', sql: 'product.sku' },
  { name: 'product', type: 'string', description: 'Name of the product.', sql: 'product.name' },
  {
    name: 'category',
    type: 'string',
    description: 'Path of the category, parts joined by ` > `.',
    sql: 'product.category',
  },
  { name: 'brand', type: 'string', description: 'Brand of the product.', sql: 'product.brand' },
];

const productPropertiesOfEvent = productProperties.map((property) =>
  Object.assign({}, property, { join: 'left join products product on product.id = e.product_id' }),
);

const messageProperties: readonly EventProperty[] = [
  {
    name: 'channel',
    type: 'string',
    description: 'Channel of the message.',
    sql: "e.properties ->> 'channel'",
    examples: ['email'],
  },
  {
    name: 'campaign',
    type: 'string',
    description: 'Key of the campaign.',
    sql: "e.properties ->> 'campaign'",
  },
];

function eventsOfKind(
  name: string,
  kind: string,
  description: string,
  properties: readonly EventProperty[],
): FunctionDefinition {
  return {
    name,
    description,
    from: 'events e',
    customerId: 'e.customer_id',
    occurredAt: 'e.occurred_at',
    id: 'e.id',
    where: `e.kind = '${kind}'`,
    changesWith: [`event.${kind}`],
    properties,
  };
}

export const functions: readonly FunctionDefinition[] = [
  {
    name: 'orders_placed',
    description: 'Sales of the customer, without returns and adjustments.',
    from: 'orders o',
    customerId: 'o.customer_id',
    occurredAt: 'o.placed_at',
    id: 'o.id',
    where: isSale('o'),
    changesWith: ['orders'],
    properties: [
      { name: 'amount', type: 'money', description: 'Total of the sale.', sql: 'o.total' },
      {
        name: 'items',
        type: 'number',
        description: 'Units over all lines of the sale.',
        sql: 'o.item_count',
        unit: 'units',
      },
      ...orderProperties,
    ],
  },
  {
    name: 'orders_returned',
    description: 'Returns of the customer: cancellations and refunds.',
    from: 'orders o',
    customerId: 'o.customer_id',
    occurredAt: 'o.placed_at',
    id: 'o.id',
    where: isReturn('o'),
    changesWith: ['orders'],
    properties: [
      { name: 'amount', type: 'money', description: 'Amount that was returned.', sql: '- o.total' },
      {
        name: 'items',
        type: 'number',
        description: 'Units that were returned.',
        sql: 'abs(o.item_count)',
        unit: 'units',
      },
      ...orderProperties,
    ],
  },
  eventsOfKind('orders_cancelled', 'order_cancelled', 'Cancellations of orders.', []),
  {
    name: 'products_purchased',
    description: 'Lines of sales, without postage and fees.',
    from: `order_lines l join orders o on o.customer_id = l.customer_id and o.id = l.order_id and ${isSale('o')} join products product on product.id = l.product_id and product.kind = 'product'`,
    customerId: 'l.customer_id',
    occurredAt: 'l.placed_at',
    id: "l.order_id::text || '.' || l.line_number",
    where: 'l.quantity > 0',
    changesWith: ['orders'],
    properties: [
      { name: 'amount', type: 'money', description: 'Total of the line.', sql: 'l.amount' },
      {
        name: 'quantity',
        type: 'number',
        description: 'Units of the line.',
        sql: 'l.quantity',
        unit: 'units',
      },
      ...productProperties,
    ],
  },
  eventsOfKind('products_viewed', 'product_viewed', 'Views of a product.', productPropertiesOfEvent),
  eventsOfKind(
    'products_added_to_cart',
    'added_to_cart',
    'Products put into the cart.',
    productPropertiesOfEvent,
  ),
  eventsOfKind('searches', 'search', 'Searches in the shop.', [
    { name: 'query', type: 'string', description: 'The search terms.', sql: "e.properties ->> 'query'" },
  ]),
  eventsOfKind('messages_sent', 'message_sent', 'Messages of campaigns that were sent.', messageProperties),
  eventsOfKind(
    'messages_opened',
    'message_opened',
    'Messages of campaigns that were opened.',
    messageProperties,
  ),
  eventsOfKind(
    'messages_clicked',
    'message_clicked',
    'Messages of campaigns in which a link was clicked.',
    messageProperties,
  ),
  {
    name: 'consents_recorded',
    description: 'Changes of consents: given, refused or withdrawn.',
    from: 'consent_history h',
    customerId: 'h.customer_id',
    occurredAt: 'h.recorded_at',
    id: 'h.id',
    changesWith: ['consents'],
    properties: [
      {
        name: 'channel',
        type: 'string',
        description: 'Channel of contact.',
        sql: 'h.channel',
        examples: ['email'],
      },
      {
        name: 'purpose',
        type: 'string',
        description: 'Purpose of contact.',
        sql: 'h.purpose',
        examples: ['marketing'],
      },
      {
        name: 'status',
        type: 'string',
        description: 'The new status.',
        sql: 'h.status',
        values: ['granted', 'denied'],
      },
      { name: 'source', type: 'string', description: 'The source of the change.', sql: 'h.source' },
    ],
  },
  {
    name: 'events',
    description: 'Any event on the timeline.',
    changesWith: ['event.*'],
    kindProperty: 'kind',
    from: 'events e',
    customerId: 'e.customer_id',
    occurredAt: 'e.occurred_at',
    id: 'e.id',
    properties: [
      {
        name: 'kind',
        type: 'string',
        description: 'Kind of the event.',
        sql: 'e.kind',
        examples: ['page_viewed'],
      },
      { name: 'source', type: 'string', description: 'Source system of the event.', sql: 'e.source' },
      ...productPropertiesOfEvent,
    ],
  },
];
