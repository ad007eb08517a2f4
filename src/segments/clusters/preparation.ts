/** From raw traits to columns for distances: imputed, logged, winsorised, standardised. Every step is recorded. */
import type { Rows } from '#numeric/distance.ts';
import { mean, quantile, variance } from '#numeric/statistics.ts';

/** Preparation of a trait, in the unit of the trait. */
export interface TraitPreparation {
  readonly trait: string;
  /** Customers without a value, replaced by `imputedValue`, the median of the others. */
  readonly missingCount: number;
  readonly imputedValue: number | null;
  /** Third standardised moment after imputation. */
  readonly skewness: number;
  /** sign(x) · ln(1 + |x|), where that brings a skewness above 1 closer to 0. */
  readonly isLogged: boolean;
  /** Values outside were clipped to these bounds: the 1st and the 99th percentile. */
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly winsorisedCount: number;
  /** Of the result of these steps; standardised to 0 and 1. */
  readonly mean: number;
  readonly deviation: number;
  /** Why it was excluded; null where it was used. */
  readonly leftOut: string | null;
}

export interface PreparedTraits {
  /** One column per used trait, in their order. */
  readonly rows: Rows;
  readonly preparations: readonly TraitPreparation[];
}

const SKEWED = 1;
const TAIL = 0.01;

/** @param columns one per trait, NaN where missing, all of one length */
export function prepareTraits(traits: readonly string[], columns: readonly Float64Array[]): PreparedTraits {
  const rowCount = columns[0]?.length ?? 0;
  const prepared = traits.map((trait, index) => prepareColumn(trait, columns[index]!));
  const used = prepared.filter(({ preparation }) => preparation.leftOut === null);
  const values = new Float64Array(rowCount * used.length);
  used.forEach(({ values: column }, position) => {
    for (let row = 0; row < rowCount; row += 1) values[row * used.length + position] = column[row]!;
  });
  return {
    rows: { values, rowCount, columnCount: used.length },
    preparations: prepared.map(({ preparation }) => preparation),
  };
}

/** A prepared value in the unit of its trait. */
export function restoreValue(value: number, { mean, deviation, isLogged }: TraitPreparation): number {
  const scaled = value * deviation + mean;
  return isLogged ? signedExp(scaled) : scaled;
}

function prepareColumn(
  trait: string,
  raw: Float64Array,
): { values: Float64Array; preparation: TraitPreparation } {
  const known = raw.filter((value) => !Number.isNaN(value));
  const median = known.length > 0 ? quantile(known, 0.5) : 0;
  const imputed = raw.map((value) => (Number.isNaN(value) ? median : value));
  const skewness = skewnessOf(imputed);
  const logged = imputed.map(signedLog);
  const isLogged = Math.abs(skewness) > SKEWED && Math.abs(skewnessOf(logged)) < Math.abs(skewness);
  const values = isLogged ? logged : imputed;
  const bounds = [quantile(values, TAIL), quantile(values, 1 - TAIL)] as const;
  let winsorisedCount = 0;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]!;
    const drawnIn = Math.min(Math.max(value, bounds[0]), bounds[1]);
    if (drawnIn !== value) winsorisedCount += 1;
    values[row] = drawnIn;
  }
  const centre = values.length > 0 ? mean(values) : 0;
  const deviation = Math.sqrt(variance(values));
  const missingCount = raw.length - known.length;
  const preparation: TraitPreparation = {
    trait,
    missingCount,
    imputedValue: missingCount > 0 && known.length > 0 ? median : null,
    skewness,
    isLogged,
    lowerBound: isLogged ? signedExp(bounds[0]) : bounds[0],
    upperBound: isLogged ? signedExp(bounds[1]) : bounds[1],
    winsorisedCount,
    mean: centre,
    deviation,
    leftOut:
      known.length === 0
        ? 'no customer has a value'
        : deviation > 1e-9
          ? null
          : 'nearly all customers have the same value',
  };
  return { values: values.map((value) => (value - centre) / deviation), preparation };
}

function signedLog(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

function signedExp(value: number): number {
  return Math.sign(value) * Math.expm1(Math.abs(value));
}

/** 0 without variance. */
function skewnessOf(values: Float64Array): number {
  const centre = mean(values);
  let square = 0;
  let cube = 0;
  for (const value of values) {
    const gap = value - centre;
    square += gap * gap;
    cube += gap * gap * gap;
  }
  const spread = square / values.length;
  return spread > 0 ? cube / values.length / spread ** 1.5 : 0;
}
