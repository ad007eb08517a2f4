/** The change log in the schema, to read. Features add what their entries are about. No SQL. */
import { builder } from '#graphql/builder.ts';
import { encodeCursor, readPage, toConnection } from '#graphql/connections.ts';
import { GlobalId, readGlobalId } from '#graphql/global-id.ts';

import { changesInOrder, type ChangeRow, countChanges, readChangePage } from './queries.ts';
import { checkNotPruned } from './retention.ts';
import type { ChangeKind } from './tables.ts';

export const ChangeKindEnum = builder.enumType('ChangeKind', {
  description: 'Kind of a change, which determines its `details`.',
  values: {
    CUSTOMER_CREATED: { value: 'customer_created', description: 'A customer became known.' },
    CUSTOMER_CHANGED: {
      value: 'customer_changed',
      description: 'Facts of a customer changed; `facts` names them.',
    },
    CUSTOMER_MERGED: {
      value: 'customer_merged',
      description:
        'Another customer was merged into the customer; `otherCustomerId` is the id that the other had.',
    },
    CUSTOMER_SPLIT: {
      value: 'customer_split',
      description: 'A part of the customer became another; `otherCustomerId` is the id of that one.',
    },
    CUSTOMER_ERASED: {
      value: 'customer_erased',
      description: 'The customer was erased, and the details of their earlier entries with them.',
    },
    CONSENT_RECORDED: {
      value: 'consent_recorded',
      description: 'A consent was given or withdrawn: `channel`, `purpose`, `status`, `recordedAt`.',
    },
    ORDER_PLACED: { value: 'order_placed', description: 'A sale of the customer came in.' },
    ORDER_RETURNED: { value: 'order_returned', description: 'A return of the customer came in.' },
    ORDER_ADJUSTED: { value: 'order_adjusted', description: 'A book-keeping adjustment came in.' },
    ORDER_CHANGED: { value: 'order_changed', description: 'A stored order got other lines or values.' },
    ORDER_CANCELLED: { value: 'order_cancelled', description: 'A stored order was cancelled.' },
    SEGMENT_ENTERED: {
      value: 'segment_entered',
      description: 'The customer became a member of a segment; `cause` says by what.',
    },
    SEGMENT_LEFT: {
      value: 'segment_left',
      description: 'The customer is no longer a member of a segment; `cause` says by what.',
    },
    LIST_JOINED: { value: 'list_joined', description: 'The customer was put on a list.' },
    LIST_LEFT: { value: 'list_left', description: 'The customer was taken off a list.' },
    PRODUCT_CREATED: { value: 'product_created', description: 'A product is new: `price`, `stock`.' },
    PRODUCT_PRICE_CHANGED: {
      value: 'product_price_changed',
      description: 'The price of a product changed: `before` and `after`, decimal text or null.',
    },
    PRODUCT_STOCK_CHANGED: {
      value: 'product_stock_changed',
      description: 'The stock of a product changed: `before` and `after`, in units, or null.',
    },
  } as const satisfies Record<string, { value: ChangeKind; description: string }>,
});

/** An entry of the log. Features add fields for the things they own. */
export const Change = builder.objectRef<ChangeRow>('Change').implement({
  description: 'Something that happened to a customer or a product, as the log has it. It never changes.',
  fields: (t) => ({
    id: t.id({
      description: 'Identifies the entry, for a reader that wants to know whether it had it before.',
      resolve: ({ transactionId, id }) => `${transactionId}-${id}`,
    }),
    cursor: t.string({
      description: 'The place of the entry in the log, for `after` of `changes` and of subscriptions.',
      resolve: (change) => encodeCursor(changesInOrder.order.name, changesInOrder.cursorOf(change)),
    }),
    kind: t.expose('kind', { type: ChangeKindEnum, description: 'Kind of the change.' }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When it was written.' }),
    customerId: t.id({
      nullable: true,
      description:
        'Global id of the customer at the time; null for products, and where an erasure took it out.',
      resolve: ({ customerId }) => (customerId === null ? null : customerIdOf(customerId)),
    }),
    otherCustomerId: t.id({
      nullable: true,
      description: 'Of a merge or a split, the global id of the other customer; null for other kinds.',
      resolve: ({ kind, subjectId }) =>
        subjectId !== null && (kind === 'customer_merged' || kind === 'customer_split')
          ? customerIdOf(subjectId)
          : null,
    }),
    facts: t.stringList({
      description:
        'Of CUSTOMER_CHANGED, names of what changed: `country`, `language`, `created_at`, `first_seen_at`, `last_seen_at`, `name`, `email`, `phone`, `address`, `identities`, and `attribute.KEY` of each own attribute. Empty for other kinds.',
      resolve: ({ details }) => (details['facts'] as readonly string[] | undefined) ?? [],
    }),
    details: t.field({
      type: 'JSON',
      description: 'Further details of the entry, see `ChangeKind`. Never contact data.',
      resolve: ({ details }) => details,
    }),
    isBlanked: t.exposeBoolean('isBlanked', {
      description: 'Whether an erasure took out whom the entry is about, and its details.',
    }),
  }),
});

function customerIdOf(customerId: string): string {
  return new GlobalId('Customer:', customerId).toString();
}

builder.queryField('changes', (t) =>
  t.connection(
    {
      type: Change,
      description:
        'The change log, oldest first. A cursor is good for as long as entries are kept, and reading on after it skips nothing: keep the last `endCursor` and ask for the entries since. An entry is listed once every transaction that began before it has ended. A cursor whose next entries are gone answers the error code CURSOR_EXPIRED.',
      args: {
        kinds: t.arg({ type: [ChangeKindEnum], description: 'Only these kinds; all unless given.' }),
        customer: t.arg.id({
          description: 'Only entries of this customer: global id or plain UUID.',
        }),
      },
      resolve: async (_, { kinds, customer, ...args }, { app, db }) => {
        const page = readPage(args, changesInOrder.order);
        const filter = {
          kinds: kinds ?? null,
          customerId: customer == null ? null : readGlobalId('Customer', customer, 'customer'),
        };
        const rows = await readChangePage(db, filter, page);
        if (page.after !== null) {
          const [transactionId, id] = page.after as readonly [string, string];
          await checkNotPruned(app, db, { transactionId, id: Number(id) });
        }
        return toConnection(page, rows, changesInOrder.cursorOf, () => countChanges(db, filter));
      },
    },
    { name: 'ChangeConnection', description: 'A page of the change log.' },
    { name: 'ChangeEdge', description: 'An entry and its place in the log.' },
  ),
);
