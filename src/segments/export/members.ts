/**
 * Members of a segment as rows for export, read in batches so that memory does not grow with their number. Writes
 * nothing.
 */
import { Contacts } from '#customers/contact-data/contacts.ts';
import { readSealedContacts } from '#customers/queries.ts';
import type { App } from '#platform/app.ts';
import type { Viewer } from '#platform/auth/viewer.ts';
import type { Database } from '#platform/database/database.ts';

const BATCH_SIZE = 1000;

/** Instants as ISO text; money as exact decimal text. */
export interface ExportedMember {
  readonly customerId: string;
  readonly enteredAt: string;
  /** Contact data is masked without `pii:read`. */
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly country: string | null;
  readonly language: string | null;
  readonly createdAt: string;
  readonly orderCount: number;
  readonly revenue: string;
  readonly lastOrderAt: string | null;
  readonly rfmGroup: string | null;
  readonly tags: readonly string[];
}

export const exportedColumns = [
  'customerId',
  'enteredAt',
  'name',
  'email',
  'phone',
  'country',
  'language',
  'createdAt',
  'orderCount',
  'revenue',
  'lastOrderAt',
  'rfmGroup',
  'tags',
] as const satisfies readonly (keyof ExportedMember)[];

/** In the order of entry. Customers who enter or leave meanwhile may be included or not. */
export async function* exportMembers(
  { db, keyring }: Pick<App, 'db' | 'keyring'>,
  segmentId: string,
  viewer: Viewer,
): AsyncGenerator<readonly ExportedMember[]> {
  let last: Pick<BatchRow, 'enteredAt' | 'id'> | undefined;
  for (;;) {
    const rows: readonly BatchRow[] = await readBatch(db, segmentId, last);
    last = rows.at(-1);
    if (last === undefined) return;
    const living = rows.filter(({ isLiving }) => isLiving);
    const sealed = await readSealedContacts(
      db,
      living.map(({ id }) => id),
    );
    const contacts = Map.groupBy(sealed, ({ customerId }) => customerId);
    yield living.map((row) => toMember(row, new Contacts(contacts.get(row.id) ?? [], keyring, viewer)));
  }
}

interface BatchRow {
  readonly id: string;
  readonly isLiving: boolean;
  readonly enteredAt: Date;
  readonly country: string | null;
  readonly language: string | null;
  readonly createdAt: Date;
  readonly orderCount: number;
  readonly revenue: string;
  readonly lastOrderAt: Date | null;
  readonly rfmGroup: string | null;
  readonly tags: readonly string[];
}

/** The page first, along the index of the segment: the planner would otherwise join all customers for each batch. */
function readBatch(
  db: Database,
  segmentId: string,
  after: Pick<BatchRow, 'enteredAt' | 'id'> | undefined,
): Promise<BatchRow[]> {
  return db.query<BatchRow>(
    `/* segments.export */
    with page as materialized (
      select customer_id, entered_at from segment_memberships
      where segment_id = $1
        and (entered_at, customer_id) > ($2::timestamptz, $3::uuid)
      order by entered_at, customer_id limit ${BATCH_SIZE}
    )
    select c.id, page.entered_at as "enteredAt", c.merged_into_id is null and c.erased_at is null as "isLiving",
      c.country, c.language, c.created_at as "createdAt", coalesce(p.order_count, 0) as "orderCount",
      trim_scale(coalesce(p.revenue, 0))::text as revenue, p.last_order_at as "lastOrderAt",
      p.rfm_group as "rfmGroup", coalesce(p.tags, '{}') as tags
    from page
    join customers c on c.id = page.customer_id
    left join customer_profiles p on p.customer_id = page.customer_id
    order by page.entered_at, page.customer_id`,
    [segmentId, after?.enteredAt ?? new Date(0), after?.id ?? '00000000-0000-0000-0000-000000000000'],
  );
}

function toMember({ id, ...row }: BatchRow, contacts: Contacts): ExportedMember {
  return {
    ...row,
    customerId: id,
    name: contacts.preferred('name'),
    email: contacts.preferred('email'),
    phone: contacts.preferred('phone'),
    enteredAt: row.enteredAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    lastOrderAt: row.lastOrderAt?.toISOString() ?? null,
  };
}
