/** The formats that can be imported, by name. */
import { connectionsFormat } from './connections-format.ts';
import type { ImportFormat } from './format.ts';
import { onlineRetail } from './online-retail.ts';
import { ordersFormat } from './orders-format.ts';
import { customersFormat, eventsFormat, productsFormat } from './record-formats.ts';

export const importFormats = {
  'online-retail': onlineRetail,
  customers: customersFormat,
  products: productsFormat,
  orders: ordersFormat,
  events: eventsFormat,
  connections: connectionsFormat,
} as const satisfies Readonly<Record<string, ImportFormat>>;

export type FormatName = keyof typeof importFormats;
