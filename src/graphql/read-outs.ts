/** Read-outs by the time of the last change: what they have in common. No SQL. */
import { readSettledAt } from '#platform/database/settled.ts';
import { perRequest } from '#platform/request.ts';

import { builder } from './builder.ts';

export const UPDATED_SINCE =
  'Only what changed then or later. To miss nothing, give the `settledAt` of the read-out before: what changed about then may come twice.';

/** Await it before a page by time is read: a field `settledAt` of the same request then fits the page. */
export const settledAt = perRequest(({ db, now }) => readSettledAt(db, now));

builder.queryField('settledAt', (t) =>
  t.field({
    type: 'DateTime',
    description:
      'Where the next read-out has to begin. Ask for it in the request of the first page of a read-out, and give it as `updatedSince` of the next: changes whose transaction was committed late, after its own time, are then in one of the two. At most seconds ago, unless a transaction runs for longer.',
    resolve: (_, _args, context) => settledAt(context),
  }),
);

export const ReadOutSort = builder.enumType('ReadOutSort', {
  description: 'Order of a read-out; ties are broken by id.',
  values: {
    UPDATED_AT_DESC: { description: 'Last changed first.' },
    UPDATED_AT_ASC: { description: 'Longest unchanged first: changes made meanwhile come at the end.' },
  } as const,
});
