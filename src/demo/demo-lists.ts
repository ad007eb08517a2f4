/** A customer list of the demo shop with members, and segments that refer to it. */
import type { App } from '#platform/app.ts';
import { ListKeyTakenError } from '#segments/lists/errors.ts';
import { listResource } from '#segments/lists/queries.ts';
import { createList, editList } from '#segments/lists/service.ts';
import type { CreateSegmentInput } from '#segments/service.ts';

const tastingEvening = {
  key: 'tasting_evening',
  name: 'Tasting evening',
  description: 'Signed up at the till for the evening in the shop. Kept by hand.',
};

/** Segments that depend on others: one on the list, one on the history of another segment. */
export const demoFollowUps: readonly CreateSegmentInput[] = [
  {
    key: 'tasting_guests_to_win_back',
    name: 'Tasting guests to win back',
    description: 'On the list of the tasting evening, and no sale for 60 days. Greet them by name.',
    rule: "IN LIST 'tasting_evening' AND NOT orders_placed MATCHES (date >= -60d)",
  },
  {
    key: 'fresh_champions',
    name: 'Fresh champions',
    description: 'Became champions within 30 days. Say thank you while it is news.',
    rule: "ENTERED SEGMENT 'champions' WITHIN 30d",
  },
];

/** One in this number of customers. */
const SIGN_UP_EVERY = 40;

/** Before there are customers: the rule of a segment refers to it. */
export async function addDemoList(app: App): Promise<void> {
  await createList(app, tastingEvening).catch((error: unknown) => {
    if (!(error instanceof ListKeyTakenError)) throw error;
  });
}

export async function fillDemoList(app: App, customerIds: readonly string[]): Promise<void> {
  const list = await listResource.byKey(app.db, tastingEvening.key);
  const signedUp = customerIds.filter((_, index) => index % SIGN_UP_EVERY === 0);
  if (list !== null)
    await editList(
      app,
      list.id,
      'replace',
      signedUp.map((id) => ({ id })),
    );
}
