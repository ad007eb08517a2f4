/** Pages of API keys: the only read of them that needs keyset pagination. */
import { type ApiKey, keyColumns } from '#platform/auth/api-keys.ts';
import type { Database } from '#platform/database/database.ts';

import type { Page } from './connections.ts';
import { keyset } from './keyset.ts';

/** Newest first: ids begin with the time of creation. */
export const keysByAge = keyset<ApiKey>('apiKeys.created', [['id', 'id', ({ id }) => id]], {
  isDescending: true,
  firstParameter: 1,
});

const keyPage = keysByAge.texts(
  ({ where, orderBy, limit }) => `/* keys.page */
  select ${keyColumns} from api_keys where ${where} order by ${orderBy} limit ${limit}`,
);

export function readApiKeyPage(db: Database, page: Page): Promise<ApiKey[]> {
  return db.query<ApiKey>(keyPage(page), keysByAge.bind(page));
}

export async function countApiKeys(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>('/* keys.count */ select count(*) as count from api_keys');
  return row!.count;
}
