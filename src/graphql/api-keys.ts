/** API keys in the schema: create, list and revoke. No SQL. */
import { type ApiKey, createApiKey, revokeApiKey } from '#platform/auth/api-keys.ts';
import { scopes } from '#platform/auth/viewer.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';

import { countApiKeys, keysByAge, readApiKeyPage } from './api-key-pages.ts';
import { builder } from './builder.ts';
import { instants } from './instants.ts';
import { readPage, toConnection } from './connections.ts';

const scopeList = scopes.map((scope) => `\`${scope}\``).join(', ');

const ORIGINS =
  'Origins of the pages, such as `https://shop.example`, that may send with the key to the tracking API';

const ApiKeyType = builder.objectRef<ApiKey>('ApiKey').implement({
  description: 'A key of the API. Its text is stored nowhere: only a hash of it is.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID of the key.' }),
    name: t.exposeString('name', { description: 'Purpose of the key.' }),
    prefix: t.exposeString('prefix', {
      description: 'First 12 characters of its text, to identify it in lists.',
    }),
    scopes: t.exposeStringList('scopes', { description: `Permissions of the key, out of ${scopeList}.` }),
    origins: t.stringList({
      nullable: true,
      description: `${ORIGINS}; null for all.`,
      resolve: ({ origins }) => origins && [...origins],
    }),
    ...instants(
      t,
      { createdAt: 'Time of creation.' },
      {
        lastUsedAt: 'Time of the last use, to the minute; null if never.',
        revokedAt: 'Time of revocation; null while it is active.',
      },
    ),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.connection(
    {
      type: ApiKeyType,
      description: 'All API keys, including revoked ones, newest first.',
      resolve: async (_, args, { db }) => {
        const page = readPage(args, keysByAge.order);
        return toConnection(page, await readApiKeyPage(db, page), keysByAge.cursorOf, () => countApiKeys(db));
      },
    },
    { name: 'ApiKeyConnection', description: 'A page of API keys.' },
    { name: 'ApiKeyEdge', description: 'An API key and its cursor.' },
  ),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new API key.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Purpose of the key, 1 to 200 characters.' }),
    scopes: t.stringList({ required: true, description: `Permissions, at least one out of ${scopeList}.` }),
    origins: t.stringList({ description: `${ORIGINS}, at most 100; all unless given.` }),
  }),
});

const CreateApiKeyPayload = builder
  .objectRef<{ readonly key: string; readonly apiKey: ApiKey }>('CreateApiKeyPayload')
  .implement({
    description: 'A key was created.',
    fields: (t) => ({
      key: t.exposeString('key', {
        description: 'Text of the key, to be sent as `authorization: Bearer …`. It is returned only here.',
      }),
      apiKey: t.expose('apiKey', { type: ApiKeyType, description: 'The key.' }),
    }),
  });

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyPayload,
    description: 'Creates an API key.',
    errors: { types: [InvalidInputError], directResult: true },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The key.' }) },
    resolve: async (_, { input }, { app }) => createApiKey(app.db, { ...input, at: app.clock() }),
  }),
);

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'The API key to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'UUID as in `ApiKey.id`.' }) }),
});

const RevokeApiKeyPayload = builder.objectRef<ApiKey>('RevokeApiKeyPayload').implement({
  description: 'A key was revoked.',
  fields: (t) => ({
    apiKey: t.field({ type: ApiKeyType, description: 'The revoked key.', resolve: (key) => key }),
  }),
});

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyPayload,
    description: 'Revokes an active API key; gateways refuse it within 5 seconds.',
    errors: { types: [NotFoundError], directResult: true },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'The key to revoke.' }) },
    resolve: async (_, { input }, { app }) => revokeApiKey(app.db, input.id, app.clock()),
  }),
);
