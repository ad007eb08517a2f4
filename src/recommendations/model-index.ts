/**
 * The published models, once per process, as typed arrays. Loaded at first use, replaced as a whole when others are
 * published; a request keeps the models that it began with. Trains and writes nothing.
 */
import { type App, perApp } from '#platform/app.ts';

import { internItems, type ItemSpace } from './item-space.ts';
import { type ModelVersion, PUBLISHED_CHANNEL, readParts, readPublished } from './model-store.ts';
import { findKind } from './recommenders/registry.ts';
import { type AlgorithmName, type Recommender, takePart } from './recommenders/recommender.ts';
import type { RebuyRecommender } from './recommenders/rebuy.ts';
import type { UserKnnRecommender } from './recommenders/user-knn.ts';

export interface LoadedModel<Opened extends Recommender = Recommender> extends ModelVersion {
  readonly items: ItemSpace;
  readonly recommender: Opened;
}

/** One consistent set of models; what was never trained is missing. */
export interface Models {
  get(algorithm: 'user-knn'): LoadedModel<UserKnnRecommender> | undefined;
  get(algorithm: 'rebuy'): LoadedModel<RebuyRecommender> | undefined;
  get(algorithm: AlgorithmName): LoadedModel | undefined;
}

export interface ModelIndex {
  /** The models that serve now. The first call waits until they are loaded. */
  current(): Promise<Models>;
  /** Looks whether others were published, and waits until they serve; does nothing where none are loaded yet. */
  refresh(): Promise<void>;
}

/** For a notice that was lost. */
const POLL_MS = 60_000;

export const modelIndex = perApp((app: App): ModelIndex => {
  let serving: Promise<ReadonlyMap<AlgorithmName, LoadedModel>> | null = null;
  let refreshing: Promise<void> | null = null;
  let isAskedAgain = false;

  function current(): Promise<Models> {
    serving ??= start().catch((error: unknown) => {
      serving = null;
      throw error;
    });
    return serving as Promise<Models>;
  }

  async function start(): Promise<ReadonlyMap<AlgorithmName, LoadedModel>> {
    // Listening comes first: what is published while the models load is then seen.
    const stop = await app.db.listen(PUBLISHED_CHANNEL, refreshInBackground, refreshInBackground);
    const poll = setInterval(refreshInBackground, POLL_MS);
    poll.unref();
    app.onClose.push(async () => {
      clearInterval(poll);
      await stop();
    });
    return loadPublished(app, new Map());
  }

  /** One at a time; whoever asks meanwhile gets one more after it, which sees what was published since. */
  function refresh(): Promise<void> {
    // Before the first request there is nothing to replace.
    if (serving === null) return Promise.resolve();
    if (refreshing !== null) {
      isAskedAgain = true;
      return refreshing;
    }
    refreshing = (async () => {
      do {
        isAskedAgain = false;
        const before = (await current()) as ReadonlyMap<AlgorithmName, LoadedModel>;
        const after = await loadPublished(app, before);
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

/** Reads only versions that are not loaded yet; answers `before` itself where nothing changed. */
async function loadPublished(
  { db }: App,
  before: ReadonlyMap<AlgorithmName, LoadedModel>,
): Promise<ReadonlyMap<AlgorithmName, LoadedModel>> {
  const published = await readPublished(db);
  const isSame =
    published.length === before.size &&
    published.every((version) => before.get(version.algorithm)?.id === version.id);
  if (isSame) return before;

  const after = new Map<AlgorithmName, LoadedModel>();
  for (const version of published) {
    const known = before.get(version.algorithm);
    if (known?.id === version.id) {
      after.set(version.algorithm, known);
      continue;
    }
    const parts = await readParts(db, version.id);
    const spaces = [...after.values(), ...before.values()].map((model) => model.items);
    const items = internItems(takePart(parts, 'products.ids.u8', Uint8Array), spaces);
    const recommender = findKind(version.algorithm).open(parts, items);
    after.set(version.algorithm, { ...version, items, recommender });
  }
  return after;
}
