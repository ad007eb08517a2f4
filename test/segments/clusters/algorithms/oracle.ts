/** Rows with what scikit-learn and SciPy say of them; `oracle.json` names their versions, `make_oracle.py` made it. */
import { readFileSync } from 'node:fs';

import type { Metric, Rows } from '#numeric/distance.ts';
import type { Linkage } from '#segments/clusters/algorithms/agglomerative.ts';

export interface Oracle {
  readonly maker: string;
  readonly rows: readonly (readonly number[])[];
  readonly inertias: Readonly<Record<string, number>>;
  readonly kmeansLabels: readonly number[];
  readonly silhouettes: Readonly<Record<Metric, number>>;
  readonly trees: readonly {
    readonly method: Linkage;
    readonly metric: Metric;
    readonly heights: readonly number[];
    readonly labels: readonly number[];
  }[];
  readonly sklearnWardHeights: readonly number[];
  readonly denseRows: readonly (readonly number[])[];
  readonly hdbscan: Readonly<Record<'euclidean' | 'manhattan', readonly number[]>>;
  readonly rand: number;
  readonly wardLabels: readonly number[];
  readonly explained: readonly number[];
  readonly components: readonly (readonly number[])[];
  readonly answers: readonly number[];
  readonly logistic: {
    readonly penalty: number;
    readonly weights: readonly number[];
    readonly intercept: number;
  };
}

export const oracle = JSON.parse(readFileSync(new URL('./oracle.json', import.meta.url), 'utf8')) as Oracle;

export const oracleRows: Rows = toRows(oracle.rows);

export function toRows(rows: readonly (readonly number[])[]): Rows {
  return { values: Float64Array.from(rows.flat()), rowCount: rows.length, columnCount: rows[0]?.length ?? 0 };
}

/** `count` rows about each centre, normally spread. */
export function blobs(
  centres: readonly (readonly number[])[],
  count: number,
  normal: () => number,
  spread = 1,
): Rows {
  return toRows(
    centres.flatMap((centre) =>
      Array.from({ length: count }, () => centre.map((coordinate) => coordinate + spread * normal())),
    ),
  );
}
