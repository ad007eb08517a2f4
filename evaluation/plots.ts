/** Plots results as SVG files. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mean } from '#numeric/statistics.ts';
import { measureList, type RankedCase } from '#recommendations/training/ranking-metrics.ts';
import { type ReportRow } from './report.ts';

const WIDTH = 720;
const LEFT = 170;
const RIGHT = 30;
const ROW = 24;
const TOP = 50;

/** Cases of one list, per algorithm. */
export type CasesByAlgorithm = ReadonlyMap<string, readonly RankedCase[]>;

/** Writes quality with intervals, quality against training time, and nDCG by history length for one protocol. */
export async function writePlots(
  folder: string,
  protocol: string,
  rows: readonly ReportRow[],
  cases: CasesByAlgorithm,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const name = protocol.replaceAll('/', '-');
  await writeFile(join(folder, `${name}.quality.svg`), drawQuality(protocol, rows));
  await writeFile(join(folder, `${name}.time.svg`), drawTime(protocol, rows));
  await writeFile(join(folder, `${name}.history.svg`), drawHistory(protocol, cases));
}

/** A dot and its interval per algorithm, best first. */
export function drawQuality(protocol: string, rows: readonly ReportRow[]): string {
  const sorted = rows.toSorted((left, right) => right.metrics['ndcg@10']! - left.metrics['ndcg@10']!);
  const highest = Math.max(...rows.map((row) => row.intervals['ndcg@10']!.high), 1e-9);
  const x = (value: number): number => LEFT + (value / highest) * (WIDTH - LEFT - RIGHT);
  const marks = sorted.map((row, index) => {
    const y = TOP + index * ROW;
    const { low, high } = row.intervals['ndcg@10']!;
    const value = row.metrics['ndcg@10']!;
    return [
      label(LEFT - 8, y + 4, row.algorithm, 'end'),
      `<line x1="${round(x(low))}" x2="${round(x(high))}" y1="${y}" y2="${y}" stroke="#7a8ca3" stroke-width="3"/>`,
      `<circle cx="${round(x(value))}" cy="${y}" r="4" fill="#1f4e8c"/>`,
      label(round(x(high)) + 6, y + 4, value.toFixed(3), 'start'),
    ].join('');
  });
  return frame(`${protocol}: nDCG@10 with 95 % intervals`, TOP + rows.length * ROW, marks);
}

/** nDCG@10 against seconds of training, on a logarithmic axis. */
export function drawTime(protocol: string, rows: readonly ReportRow[]): string {
  const height = 380;
  const seconds = rows.map((row) => Math.max(row.trainSeconds, 0.001));
  const [fastest, slowest] = [Math.log10(Math.min(...seconds)), Math.log10(Math.max(...seconds) * 1.01)];
  const highest = Math.max(...rows.map((row) => row.metrics['ndcg@10']!), 1e-9);
  const x = (value: number): number =>
    60 + ((Math.log10(value) - fastest) / (slowest - fastest)) * (WIDTH - 200);
  const y = (value: number): number => height - 40 - (value / highest) * (height - 100);
  const ticks = Array.from(
    { length: Math.floor(slowest) - Math.ceil(fastest) + 1 },
    (_, tick) => 10 ** (Math.ceil(fastest) + tick),
  );
  return frame(`${protocol}: nDCG@10 by seconds of training`, height, [
    ...ticks.map((tick) => label(round(x(tick)), height - 12, `${tick} s`, 'middle')),
    ...rows.map((row, index) => {
      const [cx, cy] = [round(x(seconds[index]!)), round(y(row.metrics['ndcg@10']!))];
      return `<circle cx="${cx}" cy="${cy}" r="4" fill="#1f4e8c"/>${label(cx + 7, cy + 4, row.algorithm, 'start')}`;
    }),
  ]);
}

const HISTORY_BANDS = [1, 5, 10, 20, 50, 100, 200, Infinity] as const;

/** Mean nDCG@10 of customers by the number of items in their history, a line per algorithm. */
export function drawHistory(protocol: string, cases: CasesByAlgorithm): string {
  const height = 420;
  const lines = Array.from(cases, ([algorithm, ranked]) => ({ algorithm, points: bandMeans(ranked) }));
  const highest = Math.max(
    ...lines.flatMap(({ points }) => points.filter((value) => !Number.isNaN(value))),
    1e-9,
  );
  const x = (band: number): number => 60 + (band / (HISTORY_BANDS.length - 2)) * (WIDTH - 220);
  const y = (value: number): number => height - 40 - (value / highest) * (height - 100);
  return frame(`${protocol}: nDCG@10 by items in the history`, height, [
    ...HISTORY_BANDS.slice(0, -1).map((low, band) => label(round(x(band)), height - 12, `${low}+`, 'middle')),
    ...lines.map(({ algorithm, points }, line) => {
      const colour = `hsl(${Math.round((line * 360) / lines.length)} 60% 40%)`;
      const known = points.flatMap((value, band) =>
        Number.isNaN(value) ? [] : [[round(x(band)), round(y(value))] as const],
      );
      const path = known.map(([px, py]) => `${px},${py}`).join(' ');
      const [endX, endY] = known.at(-1) ?? [0, 0];
      return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${label(endX + 6, endY + 4, algorithm, 'start', colour)}`;
    }),
  ]);
}

/** NaN for bands with fewer than ten customers. */
function bandMeans(ranked: readonly RankedCase[]): readonly number[] {
  return HISTORY_BANDS.slice(0, -1).map((low, band) => {
    const inside = ranked.filter(
      ({ historyLength }) => historyLength >= low && historyLength < HISTORY_BANDS[band + 1]!,
    );
    return inside.length < 10 ? Number.NaN : mean(inside.map((one) => measureList(one, 10).ndcg));
  });
}

function frame(title: string, height: number, marks: readonly string[]): string {
  const heading = label(16, 24, title, 'start', '#222', 15);
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif">`;
  return `${open}<rect width="100%" height="100%" fill="white"/>${heading}${marks.join('')}</svg>\n`;
}

function label(x: number, y: number, text: string, anchor: string, colour = '#333', size = 12): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}" font-size="${size}">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
