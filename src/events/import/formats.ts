/** The formats that can be imported, by name. */
import type { ImportFormat } from './format.ts';
import { onlineRetail } from './online-retail.ts';

export const importFormats = {
  'online-retail': onlineRetail,
} as const satisfies Readonly<Record<string, ImportFormat>>;

export type FormatName = keyof typeof importFormats;
