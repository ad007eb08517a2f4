/** `c360 models`: versions of the recommendation models, and which of them is published. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';

import { type ModelRow, readModels } from '#recommendations/models/store.ts';
import { type AlgorithmName, ALGORITHM_NAMES } from '#recommendations/recommenders/recommender.ts';
import { publishVersion } from '#recommendations/service.ts';

import { examples } from './examples.ts';
import { print, printTable } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('list the versions of recommendation models; publish one');

  models
    .command('list')
    .description('list versions, newest first within each algorithm')
    .option('--json', 'print a JSON list')
    .addHelpText('after', examples('models list', 'models list --json'))
    .action((options: { json?: true }) =>
      withApp('models list', async (app) => {
        const rows = await readModels(app.db);
        if (options.json) {
          print(JSON.stringify(rows));
          return;
        }
        printTable(
          ['ALGORITHM', 'VERSION', 'STATUS', 'DEFAULT OF', 'NDCG@10', '95 %', 'SECONDS', 'DATA TO'],
          rows.map(describe),
        );
      }),
    );

  models
    .command('publish')
    .description('publish a version that was trained before, for every process at once')
    .argument('<algorithm>', `one of ${ALGORITHM_NAMES.join(', ')}`, readAlgorithm)
    .argument('<version>', 'its number from the list', readVersion)
    .option('--json', 'print { "algorithm", "version" }')
    .addHelpText('after', examples('models publish ease 3', 'models publish item-knn 12 --json'))
    .action((algorithm: AlgorithmName, version: number, options: { json?: true }) =>
      withApp('models publish', async (app) => {
        await publishVersion(app, algorithm, version);
        print(
          options.json
            ? JSON.stringify({ algorithm, version })
            : `Version ${version} of ${algorithm} answers requests now.`,
        );
      }),
    );
}

/** @throws {InvalidArgumentError} naming every method */
export function readAlgorithm(text: string): AlgorithmName {
  const known = ALGORITHM_NAMES.find((name) => name === text.trim());
  if (known === undefined) throw new InvalidArgumentError(`Expected one of ${ALGORITHM_NAMES.join(', ')}.`);
  return known;
}

function readVersion(text: string): number {
  const version = Number(text);
  if (!Number.isInteger(version) || version < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return version;
}

function describe(row: ModelRow): readonly string[] {
  const { 'ndcg@10': ndcg, 'ndcg@10.low': low, 'ndcg@10.high': high, trainSeconds } = row.metrics;
  return [
    row.algorithm,
    String(row.version),
    row.status,
    row.defaultFor.join(',') || '-',
    ndcg === undefined ? '-' : ndcg.toFixed(4),
    low === undefined || high === undefined ? '-' : `${low.toFixed(4)} to ${high.toFixed(4)}`,
    trainSeconds === undefined ? '-' : trainSeconds.toFixed(1),
    row.dataTo === null ? '-' : row.dataTo.toISOString().slice(0, 10),
  ];
}
