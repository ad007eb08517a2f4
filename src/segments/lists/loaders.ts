/** Keyed, batched reads of lists. */
import { loadCount, loadOne, loadPage } from '#platform/loaders.ts';

import { countListMembers, listResource, readListMembers } from './queries.ts';

export const listById = loadOne(listResource.byIds, ({ id }) => id);
export const membersByList = loadPage(readListMembers, ({ listId }) => listId);
export const sizeByList = loadCount(countListMembers, ({ listId }) => listId);
