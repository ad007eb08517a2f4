/** Keyed, batched reads of look-alikes. */
import { loadCount, loadOne, loadPage } from '#platform/loaders.ts';

import { countAlike, lookAlikeResource, readAlike } from './queries.ts';

export const lookAlikeById = loadOne(lookAlikeResource.byIds, ({ id }) => id);
export const peopleByLookAlike = loadPage(readAlike, ({ lookAlikeId }) => lookAlikeId);
export const peopleCountByLookAlike = loadCount(countAlike, ({ lookAlikeId }) => lookAlikeId);
