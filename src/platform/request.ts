/** What lives as long as one request, and how features hang their loaders on it. Knows no feature. */
import type { App } from './app.ts';
import type { Viewer } from './auth/viewer.ts';
import type { Database } from './database/database.ts';

export interface RequestContext {
  readonly app: App;
  readonly db: Database;
  readonly viewer: Viewer;
  readonly requestId: string;
  /** The instant the request came in: one "now" for every answer in it. */
  readonly now: Date;
  readonly signal: AbortSignal;
  /** What `perRequest` has made so far; empty at first. */
  readonly requestCache: unknown[];
  /** What to do once after the answer, by key; see `afterAnswer`. */
  readonly effects: Map<string, () => void>;
}

/**
 * Has the engine run `effect` once, after the request was answered. Resolvers of queries change nothing themselves: they
 * run a second time where a compiled plan bails out. The key says what the effect is about; its first effect is kept.
 */
export function afterAnswer({ effects }: RequestContext, key: string, effect: () => void): void {
  if (!effects.has(key)) effects.set(key, effect);
}

/** Has everything read anew from here on, since the request changed what it read before. */
export function forgetReads({ requestCache }: RequestContext): void {
  requestCache.length = 0;
}

let makerCount = 0;

/**
 * Something made once per request at first use, such as a DataLoader. The request itself holds it: what a WeakMap holds
 * stays until a full collection, however dead the key (50 to 160 KB of each page of 20 customers).
 */
export function perRequest<T>(create: (context: RequestContext) => T): (context: RequestContext) => T {
  const index = makerCount;
  makerCount += 1;
  return (context) => (context.requestCache[index] ??= create(context)) as T;
}

/** As `perRequest`, one for each distinct set of parameters: a loader of the first 5 orders is not that of the first 10. */
export function perRequestWith<Parameters, T>(
  create: (context: RequestContext, parameters: Parameters) => T,
): (context: RequestContext, parameters: Parameters) => T {
  // The many parents of a field mostly bring the very same object: it is compared as text only when it is a new one.
  const valuesOf = perRequest(() => ({ byIdentity: new Map<Parameters, T>(), byText: new Map<string, T>() }));
  return (context, parameters) => {
    const { byIdentity, byText } = valuesOf(context);
    let value = byIdentity.get(parameters);
    if (value === undefined) {
      const text = textOf(parameters);
      value = byText.get(text) ?? create(context, parameters);
      byText.set(text, value);
      byIdentity.set(parameters, value);
    }
    return value;
  };
}

/** Those of a query that comes again are the same object in every request. */
const texts = new WeakMap<object, string>();

function textOf(parameters: unknown): string {
  if (typeof parameters !== 'object' || parameters === null) return JSON.stringify(parameters);
  let text = texts.get(parameters);
  if (text === undefined) texts.set(parameters, (text = JSON.stringify(parameters)));
  return text;
}
