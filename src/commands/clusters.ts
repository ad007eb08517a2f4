/** `c360 clusters`: creates, shows and plots cluster sets. */
import { writeFile } from 'node:fs/promises';

import type { App } from '#platform/app.ts';
import { NotFoundError } from '#platform/errors.ts';
import { computeWaitingClusterSets } from '#segments/clusters/compute.ts';
import { formatNumber } from '#segments/clusters/describe-cluster.ts';
import { drawClusters } from '#segments/clusters/plot.ts';
import {
  type ClusterRow,
  type ClusterSetRow,
  clusterSetResource,
  readAllClusterSets,
  readClustersOfSets,
} from '#segments/clusters/queries.ts';
import { createClusterSet } from '#segments/clusters/service.ts';
import { clusterAlgorithms, clusterDefaults } from '#segments/clusters/settings.ts';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { examples } from './examples.ts';
import { CommandError } from './failure.ts';
import { note, print, printTable } from './terminal.ts';
import { withApp } from './with-app.ts';

interface CreateOptions {
  readonly name?: string;
  readonly traits: string;
  readonly filter: string;
  readonly algorithm: (typeof clusterAlgorithms)[number];
  readonly count?: number;
  readonly asOf?: string;
}

export function addClustersCommand(program: Command): void {
  const clusters = program
    .command('clusters')
    .description('find clusters of customers in their traits, show and plot them');

  clusters
    .command('create <key>')
    .description('find clusters and store them under a key')
    .requiredOption('--traits <list>', 'numbers and amounts of the rule language, comma-separated')
    .option('--name <name>', 'display name; the key by default')
    .option('--filter <rule>', 'rule that selects the customers', clusterDefaults.filter)
    .addOption(
      new Option('--algorithm <name>', 'how').choices(clusterAlgorithms).default(clusterDefaults.algorithm),
    )
    .option('--count <number>', 'number of clusters; the best silhouette decides by default', readCount)
    .option('--as-of <day>', 'count ages up to the start of this day, for data that ended long ago')
    .addHelpText(
      'after',
      examples(
        'clusters create rfm --traits recency_days,number_of_orders,amount_spent',
        'clusters create spend --traits amount_spent,average_order_value --algorithm hierarchical --count 4',
      ),
    )
    .action((key: string, options: CreateOptions) =>
      withApp('clusters create', async (app) => {
        await createClusterSet(app, {
          key,
          name: options.name ?? key,
          traits: options.traits.split(',').map((trait) => trait.trim()),
          filter: options.filter,
          algorithm: options.algorithm,
          count: options.count,
          asOfOn: options.asOf,
        });
        note('Finding clusters …');
        await computeWaitingClusterSets(app);
        await show(app, key);
      }),
    );

  clusters
    .command('list')
    .description('print the cluster sets with their state')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('clusters list', 'clusters list --json'))
    .action(({ json }: { json?: true }) =>
      withApp('clusters list', async (app) => {
        const sets = await readAllClusterSets(app.db);
        if (json) return print(JSON.stringify(sets.map((set) => ({ ...set, report: undefined }))));
        printTable(
          ['KEY', 'NAME', 'ALGORITHM', 'PEOPLE', 'SILHOUETTE', 'STATUS', 'COMPUTED'],
          sets.map(({ key, name, settings, report, status, computedAt }) => [
            key,
            name,
            settings.algorithm,
            String(report?.peopleCount ?? ''),
            report?.silhouette?.toFixed(3) ?? '',
            status,
            computedAt?.toISOString() ?? 'never',
          ]),
        );
      }),
    );

  clusters
    .command('show <key>')
    .description('print the clusters with their centres and approximate rules')
    .option('--json', 'print { "set", "clusters" } for programs')
    .addHelpText('after', examples('clusters show rfm'))
    .action((key: string, { json }: { json?: true }) =>
      withApp('clusters show', async (app) => {
        if (!json) return show(app, key);
        const { set, found } = await readSet(app, key);
        print(JSON.stringify({ set, clusters: found }));
      }),
    );

  clusters
    .command('plot <key>')
    .description('plot the customers on their first two principal components')
    .requiredOption('--out <file>', 'SVG file to write')
    .addHelpText('after', examples('clusters plot rfm --out rfm.svg'))
    .action((key: string, { out }: { out: string }) =>
      withApp('clusters plot', async (app) => {
        const { set, found } = await readSet(app, key);
        if (set.report === null) throw new CommandError(`The cluster set ${key} is not computed yet.`);
        await writeFile(out, drawClusters(set.name, set.report, found));
        note(`Wrote ${out}.`);
      }),
    );
}

async function readSet(app: App, key: string): Promise<{ set: ClusterSetRow; found: ClusterRow[] }> {
  const set = await clusterSetResource.byKey(app.db, key);
  if (set === null) throw new NotFoundError(`There is no cluster set with the key ${key}.`);
  return { set, found: await readClustersOfSets(app.db, [set.id]) };
}

async function show(app: App, key: string): Promise<void> {
  const { set, found } = await readSet(app, key);
  if (set.failure !== null)
    throw new CommandError(set.failure, 'Clusters of an earlier success, if any, are kept.');
  if (set.report === null) throw new CommandError(`The cluster set ${key} is not computed yet.`);
  const { report, settings } = set;
  const byTrait = (cluster: ClusterRow) =>
    settings.traits.map((name) => cluster.traits.find(({ trait }) => trait === name));
  printTable(
    ['CLUSTER', 'PEOPLE', 'SHARE', ...settings.traits.flatMap((trait) => [trait, 'mean'])],
    found.map((cluster) => [
      cluster.key,
      String(cluster.size),
      `${(cluster.share * 100).toFixed(1)} %`,
      ...byTrait(cluster).flatMap((trait) =>
        trait === undefined ? ['left out', ''] : [formatNumber(trait.centre), formatNumber(trait.mean ?? 0)],
      ),
    ]),
  );
  print(
    `\nsilhouette ${report.silhouette?.toFixed(3)}, stability ${report.stability.index.toFixed(3)}, ${report.peopleCount} people, ${report.noiseCount} in no cluster`,
  );
  if (report.scores.length > 0) {
    print(
      `tried ${report.scores.map(({ count, silhouette }) => `${count}: ${silhouette.toFixed(3)}`).join(', ')}`,
    );
  }
  for (const { trait, isLogged, missingCount, winsorisedCount, leftOut } of report.preparations) {
    const steps = [
      isLogged ? 'logged' : 'not logged',
      `${missingCount} missing`,
      `${winsorisedCount} winsorised`,
      ...(leftOut === null ? [] : [`left out: ${leftOut}`]),
    ];
    print(`${trait}: ${steps.join(', ')}`);
  }
  for (const cluster of found) {
    print(`\n${cluster.key}  ${cluster.name}\n  ${cluster.description}`);
    if (cluster.rule === null) continue;
    const [precision, recall] = [cluster.rulePrecision, cluster.ruleRecall].map((share) => share?.toFixed(3));
    print(`  ${cluster.rule}\n  precision ${precision}, recall ${recall}`);
  }
}

function readCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count)) throw new InvalidArgumentError('expected a whole number.');
  return count;
}
