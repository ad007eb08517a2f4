/** Draws a cluster set as an SVG: customers on the first two principal components. */
import type { ClusteringReport } from './clustering.ts';
import type { ClusterRow } from './queries.ts';

const WIDTH = 760;
const PLOT = { left: 60, top: 56, width: 440, height: 400 } as const;
const LEGEND_LEFT = 524;
const LEGEND_ROW = 52;
/** A palette that colour-blind readers can distinguish (Okabe, Ito 2008). */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#d55e00',
  '#cc79a7',
  '#56b4e9',
  '#8c6d1f',
  '#222222',
] as const;
const NO_CLUSTER = '#bbbbbb';

/** @param clusters in the order of the legend */
export function drawClusters(
  title: string,
  report: ClusteringReport,
  clusters: readonly ClusterRow[],
): string {
  const { points, explained, axes } = report;
  const [xs, ys] = [spanOf(points.map(({ x }) => x)), spanOf(points.map(({ y }) => y))];
  const colours = new Map(
    clusters.map(({ number }, index) => [number, COLOURS[index % COLOURS.length]!] as const),
  );
  const dots = points.map(({ x, y, cluster }) => {
    const [cx, cy] = [PLOT.left + xs.scale(x) * PLOT.width, PLOT.top + (1 - ys.scale(y)) * PLOT.height].map(
      round,
    );
    return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colours.get(cluster) ?? NO_CLUSTER}" fill-opacity="0.6"/>`;
  });
  const legend = clusters.flatMap(({ number, name, size, share }, index) => {
    const y = PLOT.top + 12 + index * LEGEND_ROW;
    return [
      `<circle cx="${LEGEND_LEFT + 6}" cy="${y - 4}" r="6" fill="${colours.get(number)}"/>`,
      text(
        LEGEND_LEFT + 20,
        y,
        `${number}: ${size.toLocaleString('en')} people, ${(share * 100).toFixed(1)} %`,
      ),
      ...name
        .split(', ')
        .map((part, line) => text(LEGEND_LEFT + 20, y + 14 * (line + 1), part, { size: 11, colour: '#666' })),
    ];
  });
  const height = Math.max(PLOT.top + PLOT.height + 44, PLOT.top + clusters.length * LEGEND_ROW + 12);
  const bottom = PLOT.top + PLOT.height;
  const axisName = (index: 0 | 1): string[] => {
    const share = ((explained[index] ?? 0) * 100).toFixed(0);
    const weights = axes.map(({ trait, x, y }) => `${signed(index === 0 ? x : y)} ${trait}`).join(', ');
    return [`component ${index + 1}, ${share} % of the variance:`, weights].map((line, row) =>
      text(0, row * 14, line, { size: 11 }),
    );
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif">`,
    '<rect width="100%" height="100%" fill="white"/>',
    text(16, 28, title, { size: 16, colour: '#222' }),
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="none" stroke="#ccc"/>`,
    ...dots,
    `<g transform="translate(${PLOT.left} ${bottom + 20})">${axisName(0).join('')}</g>`,
    `<g transform="translate(34 ${bottom}) rotate(-90)">${axisName(1).join('')}</g>`,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

/** Relative position of a value between the smallest and the largest, 0 to 1, with a margin. */
function spanOf(values: readonly number[]): { readonly scale: (value: number) => number } {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const width = high > low ? high - low : 1;
  return { scale: (value) => 0.02 + (0.96 * (value - low)) / width };
}

function text(x: number, y: number, content: string, { size = 13, colour = '#333' } = {}): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}">${escaped}</text>`;
}

function signed(weight: number): string {
  return `${weight < 0 ? '−' : '+'}${Math.abs(weight).toFixed(2)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
