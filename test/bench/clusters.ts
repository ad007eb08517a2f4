/** `npm run bench:clusters`: seconds of each algorithm over made-up people, everything told of the clusters included. */
import { parseArgs } from 'node:util';

import { createRandom } from '#numeric/random.ts';
import { computeClusters } from '#segments/clusters/clustering.ts';
import { clusterDefaults, type ClusterSettings } from '#segments/clusters/settings.ts';
import { rankLookAlikes } from '#segments/look-alikes/ranking.ts';
import { lookAlikeDefaults } from '#segments/look-alikes/settings.ts';

const { values: options } = parseArgs({
  options: {
    people: { type: 'string', default: '50000' },
    traits: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
});
const peopleCount = Number(options.people);
const random = createRandom(1);
const KINDS = 6;
const traits = Array.from({ length: Number(options.traits) }, (_, trait) => `trait_${trait}`);
const centres = traits.map(() => Array.from({ length: KINDS }, () => 2 * random.normal()));
// Skewed like sums of money, so that the logarithm is part of the work.
const columns = centres.map((own) =>
  Float64Array.from({ length: peopleCount }, (_, person) =>
    Math.exp(own[person % KINDS]! + 0.7 * random.normal()),
  ),
);

const cases: readonly Partial<ClusterSettings>[] = [
  { algorithm: 'k-means' },
  { algorithm: 'k-means', count: KINDS, metric: 'manhattan' },
  { algorithm: 'k-means', count: KINDS, metric: 'cosine' },
  { algorithm: 'mini-batch-k-means' },
  { algorithm: 'hierarchical', linkage: 'ward' },
  { algorithm: 'hierarchical', linkage: 'average' },
  { algorithm: 'hdbscan' },
];
for (const changes of cases) {
  measure(Object.values(changes).join(' '), () => {
    const settings = { ...clusterDefaults, traits, ...changes };
    const found = computeClusters({ settings, columns, isWhole: traits.map(() => false) })!;
    const { silhouette, stability } = found.report;
    return { clusters: found.clusters.length, silhouette, stability: stability.index };
  });
}
const isSeed = Uint8Array.from({ length: peopleCount }, (_, person) =>
  person % KINDS === 0 && random.uniform() < 0.3 ? 1 : 0,
);
measure('look-alike', () => {
  const { report } = rankLookAlikes({ settings: { ...lookAlikeDefaults, traits }, columns, isSeed })!;
  return Object.fromEntries(report.methods.map(({ method, areaUnderCurve }) => [method, areaUnderCurve]));
});

/** Processor time, which other work on the machine changes less than the clock. */
function measure(name: string, work: () => Readonly<Record<string, number | null>>): void {
  const [usage, startedAt] = [process.cpuUsage(), performance.now()];
  const result = work();
  const { user, system } = process.cpuUsage(usage);
  const cpuSeconds = (user + system) / 1e6;
  const seconds = (performance.now() - startedAt) / 1000;
  const line = options.json
    ? JSON.stringify({ name, cpuSeconds, seconds, ...result })
    : `${name.padEnd(28)} ${cpuSeconds.toFixed(1).padStart(6)} s of processor, ${seconds.toFixed(1)} s by the clock; ${Object.entries(
        result,
      )
        .map(([key, value]) => `${key} ${value === null ? '-' : Number(value.toFixed(3))}`)
        .join(', ')}`;
  process.stdout.write(`${line}\n`);
}
