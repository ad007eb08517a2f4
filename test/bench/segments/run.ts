/**
 * `npm run bench:segments`: typical rules over everybody beside hand-written SQL for the same question, in turn, and what
 * else a segment costs. Prints ratios with their spread; answers must agree. Never asserts a time.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { enqueueChange } from '#customers/changes.ts';
import { quantile } from '#numeric/statistics.ts';
import type { App } from '#platform/app.ts';
import type { Viewer } from '#platform/auth/viewer.ts';
import { readDifferences } from '#segments/analysis/difference.ts';
import { readDistributions } from '#segments/analysis/distribution.ts';
import { findTrait } from '#segments/analysis/trait-sql.ts';
import { readOverlaps } from '#segments/analysis/overlap.ts';
import { exportFormats } from '#segments/export/formats.ts';
import { exportMembers } from '#segments/export/members.ts';
import { readGrowth } from '#segments/history/growth.ts';
import { compileRule } from '#segments/vocabulary/rule.ts';
import { createSegment } from '#segments/service.ts';
import { refreshDerivedData } from '#segments/membership/refresh.ts';
import { evaluateAllSegments, reevaluateDueMembers } from '#segments/membership/scheduled-evaluation.ts';

import '../../../src/main/rule-language.ts';
import { startPostgres } from '../postgres-server.ts';
import { NOW, openBenchApp } from './data.ts';
import { type BenchRule, benchRules } from './rules.ts';

const { values: options } = parseArgs({
  options: {
    customers: { type: 'string', default: '100000' },
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '7' },
    rules: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
if (options.help) {
  print(
    'npm run bench:segments -- [--customers 100000] [--events 1000000] [--rounds 7] [--rules PART_OF_A_NAME] [--json FILE]',
  );
  process.exit(0);
}

interface Measured {
  readonly name: string;
  readonly members: number;
  readonly ruleMs: number;
  readonly handWrittenMs: number;
  /** Rule over hand-written, of the rounds. */
  readonly ratio: { readonly median: number; readonly low: number; readonly high: number };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

async function measureRule(app: App, { name, rule, sql }: BenchRule, rounds: number): Promise<Measured> {
  const compiled = compileRule(rule, { now: NOW });
  const ours = `select c.id from customers c left join customer_profiles p on p.customer_id = c.id
    where c.merged_into_id is null and c.erased_at is null and (${compiled.sql})`;
  const count = async (text: string, parameters: readonly unknown[]) => {
    const [row] = await app.db.queryUnprepared<{ count: number }>(
      `select count(*) as count from (${text}) found`,
      parameters,
    );
    return row!.count;
  };
  const byHand = sql.includes('$1') ? [NOW] : [];
  const members = await count(ours, compiled.parameters);
  const wanted = await count(sql, byHand);
  if (members !== wanted) throw new Error(`${name}: the rule finds ${members}, the SQL by hand ${wanted}`);
  const times: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const measure = {
      ours: () => timed(() => count(ours, compiled.parameters)),
      theirs: () => timed(() => count(sql, byHand)),
    };
    // The order turns round, so that drift hits both alike.
    const first = round % 2 === 0 ? 'ours' : 'theirs';
    const second = first === 'ours' ? 'theirs' : 'ours';
    const [one, other] = [await measure[first](), await measure[second]()];
    times.push(first === 'ours' ? { ours: one, theirs: other } : { ours: other, theirs: one });
  }
  const ratios = times.map(({ ours: mine, theirs }) => mine / theirs);
  return {
    name,
    members,
    ruleMs: median(times.map((time) => time.ours)),
    handWrittenMs: median(times.map((time) => time.theirs)),
    ratio: { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) },
  };
}

/** What else a segment costs, in milliseconds, with as many segments as there are rules. */
async function measureUpkeep(app: App): Promise<Record<string, number>> {
  await app.db.execute(
    'truncate membership_intervals, membership_reevaluations, segment_memberships, segments, recompute_queue cascade',
  );
  const ids: string[] = [];
  for (const [index, { rule, name }] of benchRules.entries()) {
    ids.push((await createSegment(app, { key: `rule${index}`, name, rule })).id);
  }
  const costs: Record<string, number> = {};
  costs['evaluate all segments for everybody'] = await timed(() => evaluateAllSegments(app));
  const people = await app.db.query<{ id: string }>('select id from customers order by id limit 50');
  const settle = async (id: string) => {
    await enqueueChange(app.db, [id], NOW, () => ({ 'event.product_viewed': null }));
    return timed(() => refreshDerivedData(app, [id]));
  };
  const settled: number[] = [];
  for (const { id } of people) settled.push(await settle(id));
  costs['settle one view of one person, median'] = median(settled);
  const tomorrow: App = { ...app, clock: () => new Date(NOW.getTime() + 86_400_000) };
  let due = 0;
  costs['sweep what is due a day later'] = await timed(
    async () => void (due = await reevaluateDueMembers(tomorrow)),
  );
  costs['pairs that were due'] = due;
  const segmentId = ids[0]!;
  costs['overlaps of all'] = await timed(() => readOverlaps(app.db, ids));
  const spent = (await findTrait(app.db, 'amount_spent'))!;
  costs['distribution of amount_spent'] = await timed(() =>
    readDistributions(app.db, [segmentId], { attribute: spent, bucketCount: 10 }, NOW),
  );
  costs['difference of two'] = await timed(() => readDifferences(app.db, segmentId, ids[1]!, NOW));
  const span = { fromMs: NOW.getTime() - 30 * 86_400_000, toMs: NOW.getTime(), interval: 'day' as const };
  costs['growth of all over 30 days'] = await timed(() => readGrowth(app.db, ids, span));
  return costs;
}

interface ExportMeasure {
  readonly members: number;
  readonly seconds: number;
  readonly megabytes: number;
  /** Most of the heap in use above that before the export, after a collection at each step. */
  readonly heapMegabytes: number;
}

async function measureExport(app: App, share: number): Promise<ExportMeasure> {
  const rule = share === 1 ? 'EVERYONE' : `BUCKET('export') < ${share * 100}`;
  const segment = await createSegment(app, { key: `export_${share * 100}`, name: 'export', rule });
  const [{ count }] = (await app.db.query<{ count: number }>(
    'select count(*) as count from segment_memberships where segment_id = $1',
    [segment.id],
  )) as [{ count: number }];
  const viewer: Viewer = { id: 'key:bench', name: 'bench', kind: 'key', scopes: new Set() };
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  let bytes = 0;
  const seconds = await timed(async () => {
    for await (const chunk of exportFormats.csv(exportMembers(app, segment.id, viewer))) {
      bytes += Buffer.byteLength(chunk);
      globalThis.gc?.();
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
  });
  return { members: count, seconds: seconds / 1000, megabytes: bytes / 1e6, heapMegabytes: peak / 1e6 };
}

// An unset variable must stay so: assigned, it would be the text `undefined`.
if (process.env['TEST_DATABASE_URL']) process.env['BENCH_DATABASE_URL'] ??= process.env['TEST_DATABASE_URL'];
const size = { customers: Number(options.customers), events: Number(options.events) };
const server = await startPostgres();
try {
  const app = await openBenchApp(server.url, size, (step) => void process.stderr.write(`${step}\n`));
  const rules: Measured[] = [];
  print(
    `${size.customers} customers, ${size.events} events, ${cpus().length} cores, ${options.rounds} rounds in turn`,
  );
  print('rule                      members   rule ms   by hand ms   ratio (low to high)');
  for (const rule of benchRules.filter(({ name }) => name.includes(options.rules ?? ''))) {
    const row = await measureRule(app, rule, Number(options.rounds));
    rules.push(row);
    const { median: middle, low, high } = row.ratio;
    print(
      `${row.name.padEnd(24)}${String(row.members).padStart(9)}${row.ruleMs.toFixed(1).padStart(10)}${row.handWrittenMs.toFixed(1).padStart(13)}   ${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
    );
  }
  // Some rules alone: what else a segment costs is not asked.
  const upkeep = options.rules === undefined ? await measureUpkeep(app) : {};
  for (const [name, value] of Object.entries(upkeep)) print(`${name}: ${value.toFixed(1)}`);
  const exports =
    options.rules === undefined ? [await measureExport(app, 0.25), await measureExport(app, 1)] : [];
  for (const { members, seconds, megabytes, heapMegabytes } of exports) {
    print(
      `export of ${members}: ${seconds.toFixed(1)} s, ${megabytes.toFixed(1)} MB, heap at most ${heapMegabytes.toFixed(1)} MB above the start`,
    );
  }
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ size, rules, upkeep, exports }, null, 2)}\n`);
  await app.close();
} finally {
  server.stop();
}
