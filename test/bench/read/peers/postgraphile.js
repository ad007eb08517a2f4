// PostGraphile 5 over the same tables, as its documentation sets up a server.
import { createServer } from 'node:http';

import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makeV4Preset } from 'postgraphile/presets/v4';

const pgService = makePgService({
  connectionString: process.env.DATABASE_URL,
  schemas: ['public'],
  poolConfig: { max: Number(process.env.DATABASE_POOL_SIZE ?? 10) },
});
const instance = postgraphile({
  extends: [
    PostGraphileAmberPreset,
    makeV4Preset({ simpleCollections: 'omit', disableDefaultMutations: true }),
  ],
  pgServices: [pgService],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: { explain: false },
});
const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), '127.0.0.1');
