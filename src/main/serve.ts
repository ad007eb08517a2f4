/** One gateway process from the open app to its end. */
import { createEngine } from '#graphql/engine.ts';
import { type RunningServer, startServer } from '#platform/http/server.ts';
import { type JobRunner, startJobs } from '#platform/jobs.ts';

import { mayHaveDemoKey, openDemoKey } from './demo-key.ts';
import { graphiqlExamples } from './graphiql-examples.ts';
import { jobs } from './jobs.ts';
import type { OpenApp } from './open-app.ts';
import { routesOf } from './routes.ts';
import { schema } from './schema.ts';

export interface Gateway {
  readonly url: string;
  /** Whether GraphiQL has a key filled in. */
  readonly hasDemoKey: boolean;
  stop(): Promise<void>;
}

export interface ServeOptions {
  /** Runs background jobs in this process too. */
  readonly withJobs: boolean;
}

export async function serve(app: OpenApp, { withJobs }: ServeOptions): Promise<Gateway> {
  const { config } = app;
  const key = mayHaveDemoKey(config) ? await openDemoKey(app) : null;
  const server: RunningServer = await startServer({
    app,
    engine: createEngine(schema, config.limits),
    graphiql: config.graphiql ? { key, examples: graphiqlExamples } : null,
    routes: routesOf(app),
  });
  const endSharing = await app.shareDatabase();
  // Jobs prepare their queue while requests are served already.
  const runner: Promise<JobRunner | null> = withJobs ? startJobs(app, jobs) : Promise.resolve(null);
  const settled = runner.catch((error: unknown) => {
    app.log.error({ error }, 'background jobs did not start');
    return null;
  });
  return {
    url: server.url,
    hasDemoKey: key !== null,
    async stop() {
      await server.stop();
      await (await settled)?.stop();
      await endSharing();
      await app.close();
    },
  };
}
