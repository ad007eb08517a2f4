/** How the fields of one file are read: by the options, and by the combined evidence of its rows. */
import type { OnConflict } from '#customers/identity/identity-policy.ts';

import { type DateChoice, type DateReading, isTimeZone, proveDateOrder } from './dates.ts';
import type { FoundColumns, Row } from './columns.ts';
import { ImportError } from './errors.ts';
import type { Column, RepeatedLines } from './format.ts';
import { type DecimalMark, proveDecimalMark } from './numbers.ts';
import { isIsoDate, isPlainNumber, type OwnColumnType, type OwnType } from './own-values.ts';
import { isNothing, trimField } from './values.ts';

export interface ReadingOptions {
  readonly dates?: DateChoice | undefined;
  /** IANA zone of times without one. */
  readonly zone?: string | undefined;
  readonly decimal?: 'point' | 'comma' | undefined;
}

export interface Reading {
  /** Source system of the ids in the file. */
  readonly source: string;
  readonly dates: DateReading;
  readonly decimals: DecimalMark;
  readonly repeatedLines: RepeatedLines;
  /** Policy for identities that would merge customers whose stronger identities differ. */
  readonly onConflict: OnConflict;
  /** Custom columns, with the types of their values. */
  readonly own: readonly OwnColumnType[];
}

/** A field and its line. */
interface Proof {
  readonly line: number;
  readonly column: string;
  readonly text: string;
}

const OWN_TYPES = ['number', 'boolean', 'date'] as const;

/** Collects evidence from rows, the first of each kind. */
export class Survey {
  readonly #columns: readonly Column[];
  readonly #dateColumns: readonly number[];
  readonly #numberColumns: readonly number[];
  readonly #options: ReadingOptions;
  readonly #dates = new Map<'dmy' | 'mdy' | 'either', Proof>();
  readonly #decimals = new Map<'point' | 'comma' | 'either', Proof>();
  readonly #own: readonly { readonly name: string; readonly may: Set<OwnType>; hasValue: boolean }[];

  /** @throws {ImportError} the zone is unknown. */
  constructor(columns: readonly Column[], found: FoundColumns, options: ReadingOptions) {
    const { zone } = options;
    if (zone !== undefined && !isTimeZone(zone)) {
      throw new ImportError(
        `there is no time zone ${JSON.stringify(zone)}; expected a name such as Europe/London`,
      );
    }
    this.#columns = columns;
    this.#options = options;
    const present = columns.flatMap(({ kind }, index) =>
      found.positions[index] === -1 ? [] : [{ kind, index }],
    );
    this.#dateColumns = present.filter(({ kind }) => kind === 'date').map(({ index }) => index);
    this.#numberColumns = present
      .filter(({ kind }) => kind === 'amount' || kind === 'whole')
      .map(({ index }) => index);
    this.#own = found.ownColumns.map(({ name }) => ({
      name,
      may: new Set<OwnType>(OWN_TYPES),
      hasValue: false,
    }));
  }

  take(row: Row): void {
    for (const column of this.#dateColumns) this.#prove(this.#dates, row, column, proveDateOrder);
    for (const column of this.#numberColumns) this.#prove(this.#decimals, row, column, proveDecimalMark);
    if (this.#own.length > 0) this.#takeOwn(row);
  }

  #prove<Kind>(
    proofs: Map<Kind, Proof>,
    row: Row,
    column: number,
    prove: (text: string) => Kind | null,
  ): void {
    const text = row.value(column).trim();
    const proof = prove(text);
    if (proof === null || proofs.has(proof)) return;
    proofs.set(proof, { line: row.line, column: this.#columns[column]!.name, text: text.slice(0, 40) });
  }

  #takeOwn(row: Row): void {
    for (const [index, field] of row.ownValues().entries()) {
      const own = this.#own[index]!;
      if (own.may.size === 0) continue;
      const text = trimField(field);
      if (isNothing(text)) continue;
      own.hasValue = true;
      if (!isPlainNumber(text)) own.may.delete('number');
      if (!/^(true|false)$/i.test(text)) own.may.delete('boolean');
      if (!isIsoDate(text)) own.may.delete('date');
    }
  }

  /** Whether further rows may change the result. */
  get needsAllRows(): boolean {
    const { dates, decimal } = this.#options;
    const asksDates = dates === undefined && this.#dates.size > 0;
    const asksDecimals =
      decimal === undefined && (this.#decimals.has('comma') || this.#decimals.has('either'));
    return asksDates || asksDecimals || this.#own.length > 0;
  }

  /** @throws {ImportError} rows contradict each other, or none has evidence and it matters. */
  decide(): Pick<Reading, 'dates' | 'decimals' | 'own'> & { readonly notes: readonly string[] } {
    const notes: string[] = [];
    const { dates, zone = 'UTC', decimal } = this.#options;
    const order =
      dates === 'dmy' || dates === 'mdy' ? dates : dates === undefined ? this.#decideOrder(notes) : null;
    const numbers = dates === 'excel' || dates === 'unix' ? dates : null;
    const decimals = decimal ?? this.#decideDecimals(notes);
    const own = this.#own.map(({ name, may, hasValue }) => ({
      name,
      type: (hasValue ? OWN_TYPES.find((type) => may.has(type)) : undefined) ?? ('text' as const),
    }));
    return { dates: { order, numbers, zone }, decimals, own, notes };
  }

  #decideOrder(notes: string[]): 'dmy' | 'mdy' | null {
    const [dmy, mdy, either] = [this.#dates.get('dmy'), this.#dates.get('mdy'), this.#dates.get('either')];
    const advice = 'Say --dates dmy or --dates mdy';
    if (dmy !== undefined && mdy !== undefined) {
      throw new ImportError(
        `the dates of the file contradict each other: ${describe(dmy)} has the day first, ${describe(mdy)} the month. ${advice}; rows that do not fit are rejected then`,
      );
    }
    const proof = dmy ?? mdy;
    if (proof !== undefined) {
      notes.push(`dates are read ${dmy === undefined ? 'month' : 'day'} first, as ${describe(proof)} proves`);
      return dmy === undefined ? 'mdy' : 'dmy';
    }
    if (either === undefined) return null;
    throw new ImportError(
      `${describe(either)} can be read day first or month first, and no row of the file tells. ${advice}`,
    );
  }

  #decideDecimals(notes: string[]): DecimalMark {
    const [point, comma] = [this.#decimals.get('point'), this.#decimals.get('comma')];
    if (comma === undefined) return point === undefined ? null : 'point';
    if (point === undefined) {
      notes.push(`decimals are parted by a comma, as ${describe(comma)} proves`);
      return 'comma';
    }
    notes.push(`decimals are parted by a point (${describe(point)}) and by a comma (${describe(comma)})`);
    return 'mixed';
  }
}

const describe = ({ line, column, text }: Proof): string =>
  `${JSON.stringify(text)} (${column}, line ${line})`;
