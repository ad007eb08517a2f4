/** Keyed, batched reads of look-alikes. */
import { loadCount, loadOne, loadPage } from '#platform/loaders.ts';

import { countAlike, readAlike, readLookAlikes } from './queries.ts';

export const lookAlikeById = loadOne(readLookAlikes, ({ id }) => id);
export const peopleByLookAlike = loadPage(readAlike, ({ lookAlikeId }) => lookAlikeId);
export const peopleCountByLookAlike = loadCount(countAlike, ({ lookAlikeId }) => lookAlikeId);
