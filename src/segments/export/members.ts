/** Members of a segment as rows to hand out, read in batches so that memory does not grow with their number. Writes nothing. */
import { Contacts } from '#customers/contacts.ts';
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

/** By id. Who comes in or leaves meanwhile may be among them or not; nobody is twice. */
export async function* exportMembers(
  { db, keyring }: Pick<App, 'db' | 'keyring'>,
  segmentId: string,
  viewer: Viewer,
): AsyncGenerator<readonly ExportedMember[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await readBatch(db, segmentId, after);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    const sealed = await readSealedContacts(
      db,
      rows.map(({ id }) => id),
    );
    const contacts = Map.groupBy(sealed, ({ customerId }) => customerId);
    yield rows.map((row) => toMember(row, new Contacts(contacts.get(row.id) ?? [], keyring, viewer)));
  }
}

interface BatchRow {
  readonly id: string;
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

function readBatch(db: Database, segmentId: string, after: string): Promise<BatchRow[]> {
  return db.query<BatchRow>(
    `/* segments.export */
    select c.id, membership.entered_at as "enteredAt", c.country, c.language, c.created_at as "createdAt",
      coalesce(p.order_count, 0) as "orderCount", trim_scale(coalesce(p.revenue, 0))::text as revenue,
      p.last_order_at as "lastOrderAt", p.rfm_group as "rfmGroup", coalesce(p.tags, '{}') as tags
    from customers c
    join segment_memberships membership on membership.customer_id = c.id and membership.segment_id = $1
    left join customer_profiles p on p.customer_id = c.id
    where c.id > $2::uuid and c.merged_into_id is null and c.erased_at is null
    order by c.id limit ${BATCH_SIZE}`,
    [segmentId, after],
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
