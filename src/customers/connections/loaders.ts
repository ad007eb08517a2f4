/** Connections in batches: one statement for all customers of a page. */
import { loadCountWith, loadPage } from '#platform/loaders.ts';

import { countConnections, readConnectionPages } from './queries.ts';

export const connectionsByCustomer = loadPage(readConnectionPages, ({ customerId }) => customerId);
/** By the kinds to count; null for all. */
export const connectionCountByCustomer = loadCountWith(countConnections, ({ customerId }) => customerId);
