/** Messages between the thread of the embedded database and its owner. */
import type { InterruptWords } from './cancellation.ts';

/** Data that the thread starts with. */
export interface ThreadData {
  /** Folder of the data, or null to keep it in memory. */
  readonly folder: string | null;
  /** A dump of another database to start from. */
  readonly load: ArrayBuffer | null;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly state: Int32Array<SharedArrayBuffer>;
}

/** Messages of the Postgres protocol that end in one Sync or are one simple query, to be answered together. */
export interface Exchange {
  readonly kind: 'exchange';
  readonly id: number;
  /** Exchanges of one transaction have a number in common; 0 is a statement on its own. */
  readonly section: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An exchange that has not begun is forgotten. */
export interface Drop {
  readonly kind: 'drop';
  readonly id: number;
}

export interface Dump {
  readonly kind: 'dump';
}

export interface Close {
  readonly kind: 'close';
}

export type ToThread = Exchange | Drop | Dump | Close;

export type FromThread =
  | { readonly kind: 'ready'; readonly words: InterruptWords }
  | { readonly kind: 'answer'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'dropped'; readonly id: number }
  | { readonly kind: 'notification'; readonly channel: string; readonly payload: string }
  | { readonly kind: 'dump'; readonly bytes: ArrayBuffer };
