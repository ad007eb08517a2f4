/** `c360 serve`: the gateway itself, in one process or several. */
import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';

import { type Config, readConfig } from '#platform/config.ts';
import type { Command } from 'commander';

import { openApp, type OpenApp } from '#main/open-app.ts';
import { serve } from '#main/serve.ts';
import { CommandError, exitCodes } from './failure.ts';
import { examples } from './examples.ts';
import { fillDemoUnlessFilled } from './demo.ts';
import { runWorkers } from './serve-workers.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { print } from './terminal.ts';

interface ServeOptions {
  /** False by `--no-demo`, true by `--demo`, else undefined: an empty embedded database is filled by default. */
  readonly demo?: boolean;
  readonly jobs?: boolean;
}

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve GraphQL; with an empty embedded database, fill it with a demo shop first')
    .option('--demo', 'fill an empty database with the demo shop, on a server too')
    .option('--no-demo', 'start empty')
    .option('--jobs', 'run background jobs in this process (default on the embedded database)')
    .option('--no-jobs', 'leave background jobs to `c360 worker`')
    .addHelpText(
      'after',
      examples('serve', 'serve --no-demo', 'serve --demo   # with DATABASE_URL=postgres://… WORKERS=2 set'),
    )
    .action(run);
}

async function run(options: ServeOptions): Promise<void> {
  const startedAt = performance.now();
  keepRequestsYoung();
  const config = readConfig(process.env);
  if (cluster.isWorker) {
    await serveUntilStopped(await openApp(config, 'serve'), false);
    return;
  }
  if (config.workers > 1 && config.databaseUrl === null) {
    throw new CommandError(
      `WORKERS=${config.workers} needs a Postgres server: the embedded database serves one process.`,
      'Leave WORKERS out, or set DATABASE_URL=postgres://…',
      exitCodes.usage,
    );
  }
  const app = await openApp(config, 'serve');
  if (options.demo ?? config.databaseUrl === null) await fillDemoUnlessFilled(app);
  const withJobs = options.jobs ?? config.databaseUrl === null;
  if (config.workers > 1) {
    await runWorkers(app, withJobs);
    greet(config, `http://${config.host}:${config.port}`, false, startedAt);
    return;
  }
  const { url, hasDemoKey } = await serveUntilStopped(app, withJobs);
  greet(config, url, hasDemoKey, startedAt);
}

/**
 * Under load many objects survive a young collection, whereupon V8 allocates all of their kind in the old generation
 * permanently: dead ones there retain what they refer to until a full collection. With this, no closures on properties
 * and no WeakMap of requests, a young collection takes 3 instead of 20 ms (trace-gc, 16 connections).
 */
function keepRequestsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

async function serveUntilStopped(
  app: OpenApp,
  withJobs: boolean,
): Promise<{ url: string; hasDemoKey: boolean }> {
  try {
    const gateway = await serve(app, { withJobs });
    stopOnSignal(app.log, () => gateway.stop());
    return gateway;
  } catch (error) {
    await app.close();
    throw error;
  }
}

function greet(config: Config, url: string, hasDemoKey: boolean, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const data = config.databaseUrl === null ? `embedded database in ${config.dataDir}` : 'Postgres server';
  print(`\nCustomer 360 gateway, ready in ${seconds} s, ${data}.\n`);
  if (config.graphiql) print(`  GraphiQL  ${url}/graphql`);
  print(`  GraphQL   POST ${url}/graphql`);
  if (hasDemoKey) {
    print(`  Key       ${config.dataDir}/demo-key, already filled into GraphiQL\n`);
    print('  Try: open GraphiQL and press run. Its tabs show one customer with profile, segments,');
    print('  recommendations with reasons, a segment by rule, and who a campaign may reach.\n');
  } else print('  Key       npm run c360 -- keys create --scopes customers:read\n');
}
