/** API keys: create, list, revoke and recognise. Stores only their hashes. */
import { createHash, randomBytes } from 'node:crypto';

import { and, eq, isNull, sql } from 'drizzle-orm';

import type { App } from '../app.ts';
import type { Database } from '../database/database.ts';
import { prepareStatement } from '../database/orm.ts';
import { selectList } from '../database/rows.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { createId } from '../ids.ts';
import { apiKeys } from '../tables.ts';
import { isScope, type Scope, scopes as everyScope, type Viewer } from './viewer.ts';

export const KEY_PREFIX = 'c360_';
const KEY_BYTES = 32;
const SHOWN_CHARACTERS = 12;
const MAX_NAME_LENGTH = 200;
const MAX_ORIGINS = 100;

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** First characters of the key, to identify it in lists. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** Origins of the pages that may send with it to the tracking API; null for all. */
  readonly origins: readonly string[] | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A new key with its text, which is returned only here. @throws {InvalidInputError} of name, scopes or origins. */
export async function createApiKey(
  db: Database,
  input: {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly origins?: readonly string[] | null | undefined;
    readonly at: Date;
    readonly text?: string;
  },
): Promise<{ readonly key: string; readonly apiKey: ApiKey }> {
  checkName(input.name);
  checkScopes(input.scopes);
  checkOrigins(input.origins ?? []);
  const key = input.text ?? newKey();
  const apiKey: ApiKey = {
    id: createId(input.at.getTime()),
    name: input.name,
    prefix: key.slice(0, SHOWN_CHARACTERS),
    scopes: [...new Set(input.scopes)],
    origins: input.origins == null ? null : [...new Set(input.origins)],
    createdAt: input.at,
    lastUsedAt: null,
    revokedAt: null,
  };
  await db.orm.insert(apiKeys).values({
    ...apiKey,
    scopes: [...apiKey.scopes],
    origins: apiKey.origins && [...apiKey.origins],
    keyHash: hashKey(key),
  });
  return { key, apiKey };
}

function checkName(name: string): void {
  if (name.trim().length > 0 && name.length <= MAX_NAME_LENGTH) return;
  const expected = `Expected a name of 1 to ${MAX_NAME_LENGTH} characters`;
  throw new InvalidInputError('name', `${expected}; got ${name.length}.`);
}

/** @throws {InvalidInputError} a scope is unknown, or there is none. */
export function checkScopes(names: readonly string[]): asserts names is readonly Scope[] {
  const unknown = names.filter((name) => !isScope(name));
  if (unknown.length === 0 && names.length > 0) return;
  const came = unknown.length > 0 ? `unknown scope ${unknown.join(', ')}` : 'no scope';
  throw new InvalidInputError('scopes', `Expected scopes out of ${everyScope.join(', ')}; got ${came}.`);
}

function checkOrigins(origins: readonly string[]): void {
  const wrong = origins.find((text) => !URL.canParse(text) || new URL(text).origin !== text);
  if (origins.length > MAX_ORIGINS) {
    throw new InvalidInputError('origins', `Expected at most ${MAX_ORIGINS} origins; got ${origins.length}.`);
  }
  if (wrong !== undefined) {
    const came = JSON.stringify(wrong.slice(0, 100).toWellFormed());
    throw new InvalidInputError('origins', `Expected origins such as https://shop.example; got ${came}.`);
  }
}

export function newKey(): string {
  return KEY_PREFIX + randomBytes(KEY_BYTES).toString('base64url');
}

export const keyColumns = selectList(apiKeys, 'api_keys', [
  ...(['id', 'name', 'prefix', 'scopes', 'origins', 'createdAt', 'lastUsedAt', 'revokedAt'] as const),
]);

/** All keys, newest first. */
export function listApiKeys(db: Database): Promise<ApiKey[]> {
  return db.query<ApiKey>(
    `/* keys.list */
    select ${keyColumns} from api_keys order by created_at desc, id`,
  );
}

/** Revokes a key by its id or the beginning of its text. @throws {NotFoundError} no key, or more than one, matches. */
export async function revokeApiKey(db: Database, idOrPrefix: string, at: Date): Promise<ApiKey> {
  const found = (await listApiKeys(db)).filter(
    (key) => key.revokedAt === null && (key.id === idOrPrefix || idOrPrefix.startsWith(key.prefix)),
  );
  const [key] = found;
  if (key === undefined || found.length > 1) {
    throw new NotFoundError(
      `Expected the id or prefix of one active key; ${found.length} fit ${idOrPrefix.slice(0, SHOWN_CHARACTERS)}.`,
    );
  }
  await db.orm.update(apiKeys).set({ revokedAt: at }).where(eq(apiKeys.id, key.id));
  return { ...key, revokedAt: at };
}

/** The active key with this text. */
export async function readApiKey(
  db: Pick<Database, 'orm'>,
  key: string,
): Promise<Pick<ApiKey, 'id' | 'name' | 'scopes' | 'origins'> | null> {
  const [row] = await readByHash(db, { hash: hashKey(key) });
  return row ?? null;
}

const readByHash = prepareStatement('keys.byHash', (orm) =>
  orm
    .select({ id: apiKeys.id, name: apiKeys.name, scopes: apiKeys.scopes, origins: apiKeys.origins })
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, sql.placeholder('hash')), isNull(apiKeys.revokedAt))),
);

/** How long a revoked key may still be accepted, and how often the time of last use is written. */
const TRUST_MS = 4_000;
const LAST_USED_EVERY_MS = 60_000;
/** Unknown keys are cached too, so that guessing causes few reads of the database; the bound limits the memory. */
const REMEMBERED_KEYS = 1_000;

/** Recognises keys; null is an unknown or revoked one. Caches answers for a few seconds. */
export function createKeyReader(app: App): (key: string) => Viewer | null | Promise<Viewer | null> {
  interface Remembered {
    readonly viewer: Viewer | null;
    readonly readAtMs: number;
  }
  const remembered = new Map<string, Remembered>();
  const lastUsedWrittenAtMs = new Map<string, number>();

  /** Reads in flight: many requests with one key share one read. */
  const reading = new Map<string, Promise<Viewer | null>>();

  async function read(key: string): Promise<Viewer | null> {
    const row = await readApiKey(app.db.control, key);
    const viewer: Viewer | null =
      row === null
        ? null
        : {
            id: `key:${row.id}`,
            name: row.name,
            kind: 'key',
            scopes: new Set(row.scopes),
            origins: row.origins,
          };
    if (remembered.size >= REMEMBERED_KEYS) remembered.clear();
    remembered.set(key, { viewer, readAtMs: performance.now() });
    if (row !== null) noteUse(row.id);
    return viewer;
  }

  function noteUse(id: string): void {
    const now = performance.now();
    if (now - (lastUsedWrittenAtMs.get(id) ?? -Infinity) < LAST_USED_EVERY_MS) return;
    lastUsedWrittenAtMs.set(id, now);
    // Recording the last use may be late or lost, so no request waits for it.
    app.db.orm
      .update(apiKeys)
      .set({ lastUsedAt: app.clock() })
      .where(eq(apiKeys.id, id))
      .catch((error: unknown) => app.log.warn({ error }, 'last use of a key was not recorded'));
  }

  return (key) => {
    const known = remembered.get(key);
    if (known !== undefined && performance.now() - known.readAtMs < TRUST_MS) return known.viewer;
    let viewer = reading.get(key);
    if (viewer === undefined) {
      viewer = read(key).finally(() => reading.delete(key));
      reading.set(key, viewer);
    }
    return viewer;
  };
}

function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
