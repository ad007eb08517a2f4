/** Webhooks in batches. */
import { loadOne } from '#platform/loaders.ts';

import { webhookResource } from './queries.ts';

export const webhookById = loadOne(webhookResource.byIds, ({ id }) => id);
