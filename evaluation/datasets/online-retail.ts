/** UCI Online Retail, cleaned: known customers, no cancellations, products only. */

import { parse } from 'csv-parse/sync';
import { createIndexer, type EventTable, filterEvents } from '../events.ts';
import { readDatasetLines } from './files.ts';

const MS_PER_DAY = 86_400_000;

type Row = {
  readonly InvoiceNo: string;
  readonly StockCode: string;
  readonly Description: string;
  readonly Quantity: string;
  readonly InvoiceDate: string;
  readonly UnitPrice: string;
  readonly CustomerID: string;
};

/** Customers with at least two purchase days; an event is one line of an invoice. */
export function readOnlineRetail(): EventTable {
  const text = readDatasetLines('online-retail.csv.gz').join('\n');
  const rows: Row[] = parse(text, { columns: true });
  const users = createIndexer();
  const items = createIndexer();
  const userIndices: number[] = [];
  const itemIndices: number[] = [];
  const times: number[] = [];
  const itemTexts: string[] = [];
  for (const row of rows) {
    if (!isPurchase(row)) continue;
    const item = items.indexOf(row.StockCode.toUpperCase());
    itemTexts[item] ??= row.Description.trim();
    userIndices.push(users.indexOf(row.CustomerID));
    itemIndices.push(item);
    // The shop's local time, read as UTC: only days and order matter.
    times.push(Date.parse(`${row.InvoiceDate.replace(' ', 'T')}Z`));
  }
  const table: EventTable = {
    userIds: users.ids,
    itemIds: items.ids,
    userIndices: Uint32Array.from(userIndices),
    itemIndices: Uint32Array.from(itemIndices),
    times: Float64Array.from(times),
    ratings: null,
    itemTexts,
  };
  return keepRepeatCustomers(table);
}

function isPurchase(row: Row): boolean {
  return (
    row.CustomerID !== '' &&
    !row.InvoiceNo.startsWith('C') &&
    Number(row.Quantity) > 0 &&
    Number(row.UnitPrice) > 0 &&
    // Postage, samples, fees and vouchers have codes of letters.
    /^\d{5}/.test(row.StockCode)
  );
}

function keepRepeatCustomers(table: EventTable): EventTable {
  const days = table.userIds.map(() => new Set<number>());
  for (const [event, user] of table.userIndices.entries())
    days[user]!.add(Math.floor(table.times[event]! / MS_PER_DAY));
  return filterEvents(table, (event) => days[table.userIndices[event]!]!.size >= 2);
}
