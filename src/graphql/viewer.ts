/** The caller: `Query.viewer`. */
import { scopes, type Viewer } from '#platform/auth/viewer.ts';

import { builder } from './builder.ts';

const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
  description: 'The caller and its permissions.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the API key, or subject of the token.' }),
    scopes: t.stringList({
      description: `Scopes of the caller, out of ${scopes.map((scope) => `\`${scope}\``).join(', ')}; \`admin\` holds every scope.`,
      resolve: (viewer) => [...viewer.scopes],
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerType,
    description: 'The caller and its scopes.',
    canFail: false,
    resolve: (_root, _args, context) => context.viewer,
  }),
);
