/** Reads of webhooks and their deliveries. Writes nothing. */
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import { namedResource } from '#named-resources/named-resource.ts';
import type { Database } from '#platform/database/database.ts';
import { type RowOf, selectList } from '#platform/database/rows.ts';

import { WebhookKeyTakenError } from './errors.ts';
import { type DeliveryStatus, webhookDeliveries, webhooks } from './tables.ts';

export type WebhookRow = RowOf<typeof webhooks>;
export type DeliveryRow = RowOf<typeof webhookDeliveries>;

export const webhookResource = namedResource(webhooks, {
  noun: 'webhook',
  name: 'webhooks',
  keyTaken: (key) => new WebhookKeyTakenError(key),
});

const deliveryColumns = selectList(webhookDeliveries, 'delivery');

export const deliveriesByAge = keyset<DeliveryRow>(
  'webhookDeliveries.created',
  [
    ['delivery.created_at', 'instant', ({ createdAt }) => createdAt],
    ['delivery.id', 'id', ({ id }) => id],
  ],
  { isDescending: true, firstParameter: 3 },
);

const deliveryPage = deliveriesByAge.texts(
  ({ where, orderBy, limit }) => `/* webhooks.deliveries */
  select ${deliveryColumns} from webhook_deliveries delivery
  where delivery.webhook_id = $1 and ($2::text is null or delivery.status = $2::text) and ${where}
  order by ${orderBy} limit ${limit}`,
);

/** Newest first. */
export function readDeliveries(
  db: Database,
  webhookId: string,
  status: DeliveryStatus | null,
  page: Page,
): Promise<DeliveryRow[]> {
  return db.query(deliveryPage(page), [webhookId, status, ...deliveriesByAge.bind(page)]);
}

export async function countDeliveries(
  db: Database,
  webhookId: string,
  status: DeliveryStatus | null,
): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `/* webhooks.countDeliveries */
    select count(*) as count from webhook_deliveries where webhook_id = $1 and ($2::text is null or status = $2::text)`,
    [webhookId, status],
  );
  return row!.count;
}

/**
 * The first that waits of each customer, where its time has come: what comes after it waits for it, so that a customer's
 * entries arrive in their order. With those under way at most `perWebhook` of each webhook.
 * @param busyIds of deliveries under way
 */
export function readDueDeliveries(
  db: Database,
  now: Date,
  busyIds: readonly string[],
  perWebhook: number,
): Promise<DeliveryRow[]> {
  return db.query(
    `/* webhooks.due */
    with first_of_customer as (
      select distinct on (delivery.webhook_id, delivery.customer_id) delivery.*
      from webhook_deliveries delivery join webhooks webhook on webhook.id = delivery.webhook_id
      where delivery.status = 'waiting' and webhook.paused_at is null and webhook.disabled_at is null
        and webhook.archived_at is null
      order by delivery.webhook_id, delivery.customer_id, delivery.transaction_id, delivery.change_id
    ), due as (
      select *, row_number() over (
        partition by webhook_id order by id = any($2::uuid[]) desc, next_attempt_at, id
      ) as place
      from first_of_customer where next_attempt_at <= $1 or id = any($2::uuid[])
    )
    select ${deliveryColumns} from due delivery
    where place <= $3 and id <> all($2::uuid[]) order by next_attempt_at, id`,
    [now, busyIds, perWebhook],
  );
}

/** Which of these customers are in the segment. */
export async function readMembersAmong(
  db: Database,
  segmentId: string,
  customerIds: readonly string[],
): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(
    `/* webhooks.members */
    select customer_id as id from segment_memberships where segment_id = $1 and customer_id = any($2::uuid[])`,
    [segmentId, customerIds],
  );
  return new Set(rows.map(({ id }) => id));
}
