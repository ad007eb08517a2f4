/** Keyed, batched reads of lists. */
import { loadCount, loadOne, loadPage } from '#platform/loaders.ts';

import { countListMembers, readListMembers, readLists } from './queries.ts';

export const listById = loadOne(readLists, ({ id }) => id);
export const membersByList = loadPage(readListMembers, ({ listId }) => listId);
export const sizeByList = loadCount(countListMembers, ({ listId }) => listId);
