/**
 * The published models, once per process, as typed arrays. Loaded on first use, replaced atomically when others are
 * published; a request keeps the models with which it began.
 */
import { type App, perApp } from '#platform/app.ts';

import { internItems, type ItemIndex } from '../histories/item-index.ts';
import {
  type DefaultList,
  type ModelVersion,
  PUBLISHED_CHANNEL,
  type PublishedVersion,
  readParts,
  readPublished,
} from './store.ts';
import { type AlgorithmName, type Recommender, takePart } from '../recommenders/recommender.ts';
import type { RebuyRecommender } from '../recommenders/rebuy.ts';
import { findMethod } from '../recommenders/registry.ts';
import type { UserKnnRecommender } from '../recommenders/user-knn.ts';

export interface LoadedModel<Opened extends Recommender = Recommender> extends ModelVersion {
  readonly items: ItemIndex;
  readonly recommender: Opened;
}

/** One consistent set of models; without those that were never trained or not requested yet. */
export interface Models {
  get(algorithm: 'user-knn'): LoadedModel<UserKnnRecommender> | undefined;
  get(algorithm: 'rebuy'): LoadedModel<RebuyRecommender> | undefined;
  get(algorithm: AlgorithmName): LoadedModel | undefined;
  /** The default method of a list. */
  defaultFor(list: DefaultList): AlgorithmName;
}

export interface ModelRegistry {
  /**
   * The published models. The first call waits until they are loaded.
   * @param wanted a method that must be included if it is published, even if no list uses it
   */
  current(wanted?: AlgorithmName): Promise<Models>;
  /** Checks for newly published ones and waits until they serve; no effect before the first load. */
  refresh(): Promise<void>;
}

/** For a lost notification. */
const POLL_MS = 60_000;

/** Loaded at the start, beside the methods of lists; the others on demand. */
const ALWAYS_LOADED: ReadonlySet<AlgorithmName> = new Set([
  'popularity',
  'rebuy',
  'item-knn',
  'user-knn',
  'content',
  'session-knn',
  'social',
]);

interface Serving extends Models {
  readonly published: readonly PublishedVersion[];
  readonly loaded: ReadonlyMap<AlgorithmName, LoadedModel>;
}

export const modelRegistry = perApp((app: App): ModelRegistry => {
  const asked = new Set(ALWAYS_LOADED);
  let serving: Promise<Serving> | null = null;
  let refreshing: Promise<void> | null = null;
  let isAskedAgain = false;

  function loadServing(): Promise<Serving> {
    serving ??= start().catch((error: unknown) => {
      serving = null;
      throw error;
    });
    return serving;
  }

  async function current(wanted?: AlgorithmName): Promise<Models> {
    const known = await loadServing();
    const isComplete = wanted === undefined || known.loaded.has(wanted);
    if (isComplete || known.published.every(({ algorithm }) => algorithm !== wanted)) return known;
    asked.add(wanted);
    await refresh();
    return loadServing();
  }

  async function start(): Promise<Serving> {
    // Listens first, so that models published during the load are noticed.
    const stop = await app.db.listen(PUBLISHED_CHANNEL, refreshInBackground, refreshInBackground);
    const poll = setInterval(refreshInBackground, POLL_MS);
    poll.unref();
    app.onClose.push(async () => {
      clearInterval(poll);
      await stop();
    });
    return loadPublished(app, null, asked);
  }

  /** Serial; requests during a load share one more load after it, which sees what was published since. */
  function refresh(): Promise<void> {
    // Before the first request nothing is loaded.
    if (serving === null) return Promise.resolve();
    if (refreshing !== null) {
      isAskedAgain = true;
      return refreshing;
    }
    refreshing = (async () => {
      do {
        isAskedAgain = false;
        const before = await loadServing();
        const after = await loadPublished(app, before, asked);
        if (after !== before) serving = Promise.resolve(after);
      } while (isAskedAgain);
    })().finally(() => {
      refreshing = null;
    });
    return refreshing;
  }

  function refreshInBackground(): void {
    refresh().catch((error: unknown) => {
      app.log.error({ err: error }, 'published models could not be loaded; those before go on serving');
    });
  }

  return { current, refresh };
});

/** Reads only versions that are not loaded yet; returns `before` itself without a change. */
async function loadPublished(
  { db }: App,
  before: Serving | null,
  asked: ReadonlySet<AlgorithmName>,
): Promise<Serving> {
  const published = await readPublished(db);
  const wanted = published.filter(
    ({ algorithm, defaultFor }) => defaultFor.length > 0 || asked.has(algorithm),
  );
  const known = before?.loaded ?? new Map<AlgorithmName, LoadedModel>();
  const isSame =
    JSON.stringify(published) === JSON.stringify(before?.published) &&
    wanted.every(({ algorithm }) => known.has(algorithm));
  if (before !== null && isSame) return before;

  const loaded = new Map<AlgorithmName, LoadedModel>();
  for (const version of wanted) {
    const same = known.get(version.algorithm);
    if (same?.id === version.id) {
      loaded.set(version.algorithm, same);
      continue;
    }
    const parts = await readParts(db, version.id);
    const spaces = [...loaded.values(), ...known.values()].map((model) => model.items);
    const items = internItems(takePart(parts, 'products.ids.u8', Uint8Array), spaces);
    const recommender = findMethod(version.algorithm).kind.open(parts, items);
    loaded.set(version.algorithm, { ...version, items, recommender });
  }
  return createServing(published, loaded);
}

function createServing(
  published: readonly PublishedVersion[],
  loaded: ReadonlyMap<AlgorithmName, LoadedModel>,
): Serving {
  const takenBy = (list: DefaultList): AlgorithmName | undefined =>
    published.find(({ defaultFor }) => defaultFor.includes(list))?.algorithm;
  const defaults = {
    rebuy: takenBy('rebuy') ?? 'rebuy',
    discover: takenBy('discover') ?? 'item-knn',
  } as const;
  return {
    published,
    loaded,
    get: ((algorithm: AlgorithmName) => loaded.get(algorithm)) as Models['get'],
    defaultFor: (list) => defaults[list],
  };
}
