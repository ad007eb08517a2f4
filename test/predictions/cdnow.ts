/** CDNOW: customers who first bought a record in early 1997, the data that the models were published on. */
import { readDatasetLines } from '#evaluation/datasets/files.ts';

export const NO_DATA = 'CDNOW is not here: set DATASETS_DIR to check the published parameters';

export interface CdnowCustomer {
  readonly x: number;
  /** Weeks. */
  readonly lastTime: number;
  /** Weeks. */
  readonly age: number;
  /** Dollars per repeat purchase; 0 without one. */
  readonly meanSpend: number;
}

/** The published sample, 2,357 customers over 39 weeks. */
export function readCdnowSample(): CdnowCustomer[] {
  return readDatasetLines('cdnow/cdnow_customers_summary_with_transactions.csv')
    .slice(1)
    .map((line) => {
      const [, x, lastTime, age, meanSpend] = line.split(',').map(Number);
      return { x: x!, lastTime: lastTime!, age: age!, meanSpend: meanSpend! };
    });
}

/** Purchase days of all 23,570 customers up to 30 September 1997, as days since 1970, ascending. */
export function readCdnowPurchaseDays(): number[][] {
  const daysOf = new Map<string, Set<number>>();
  for (const line of readDatasetLines('cdnow/CDNOW_master.txt.gz').slice(1)) {
    const [customer, date] = line.trim().split(/\s+/);
    if (date! > '19970930') continue;
    const day = Date.parse(date!.replace(/(....)(..)(..)/, '$1-$2-$3')) / 86_400_000;
    daysOf.set(customer!, (daysOf.get(customer!) ?? new Set()).add(day));
  }
  return [...daysOf.values()].map((days) => [...days].toSorted((left, right) => left - right));
}
