/** The suite on any file of interactions, with defaults instead of tuned parameters. */

import { EASE_ITEM_LIMIT, chooseBySize } from '#recommendations/algorithms/choose.ts';
import { type Connections, readConnections } from '../connections-file.ts';
import { type ModelUnderTest, MODELS_UNDER_TEST } from '../models-under-test.ts';
import { type EventTable } from '../events.ts';
import { createInteractionsReader, requireRankable, UnfitDataError } from '../interactions-file.ts';
import { RATING_METHODS, type RatingSplit, splitRatings } from '../ratings.ts';
import { type Run } from '../run.ts';
import { selectContenders, type Wish } from '../selection.ts';
import { SESSION_CONTENDERS, type SessionRun, splitSessions } from '../sessions.ts';
import { socialContender } from '../social-model.ts';
import {
  askAtMost,
  groupItems,
  type Split,
  splitAt,
  splitLastBasket,
  splitLastItem,
  splitRandomly,
  type Splitter,
} from '../splits.ts';

/** More users add no information, and ranking them takes longer than training. */
const ASKED_LIMIT = 10_000;

const BLEND = ['popularity', 'rebuy', 'ease', 'tifu-knn', 'user-knn', 'item-knn', 'rp3beta', 'ials'];

export type FileOptions = {
  readonly interactions: string;
  readonly test?: string;
  /** last-basket, last-item, date:YYYY-MM-DD, random:0.8 or sessions:0.8 */
  readonly split?: string;
  /** csv of user, user, [kind]: without it there is no `social`. */
  readonly connections?: string;
  readonly algorithms?: readonly string[];
  readonly blend?: readonly string[];
  readonly seed: number;
};

export type FileRun = Pick<Run, 'split' | 'validationSplitter' | 'contenders' | 'blend' | 'lists'> & {
  readonly description: string;
  readonly notes: readonly string[];
  /** Null where the file has no distinct ratings. */
  readonly ratings: RatingSplit | null;
  readonly ratingMethods: readonly string[];
};

/** @throws {UnfitDataError} */
export async function fileRun(options: FileOptions): Promise<FileRun> {
  const reader = createInteractionsReader();
  const table = await reader.read(options.interactions);
  requireRankable(table);
  const hasTimes = !table.times.some(Number.isNaN);
  const name = options.split ?? (hasTimes ? 'last-basket' : 'random:0.8');
  const splitter = parseSplit(name, hasTimes);
  const whole = options.test
    ? joinTest(table, await reader.read(options.test))
    : splitter(table, options.seed);
  const split = askAtMost(ASKED_LIMIT, whole, options.seed);
  if (split.tests.length === 0) {
    throw new UnfitDataError(
      `the split ${options.test ?? name} leaves no user with both training and test events`,
    );
  }
  const connections = options.connections
    ? await readConnections(options.connections, split.train.userIds)
    : null;
  const ratingMethods = RATING_METHODS.filter((name) => options.algorithms?.includes(name) ?? true);
  const { contenders, blend, notes } = pickContenders(split.train, options, connections);
  return {
    split,
    validationSplitter: (train, seed) => askAtMost(ASKED_LIMIT, splitter(train, seed), seed),
    contenders,
    blend,
    ratingMethods,
    lists: ['best', 'rebuy', 'discover'],
    description: `${options.interactions}, ${options.test ? `test file ${options.test}` : `split ${name}`}, all items ranked`,
    notes:
      split === whole
        ? notes
        : [
            `${split.tests.length} of ${whole.tests.length} users with hidden events are ranked, drawn at random`,
            ...notes,
          ],
    ratings: splitRatings(table, options.seed),
  };
}

export type SessionFileRun = Pick<SessionRun, 'split' | 'contenders'> & {
  readonly description: string;
  readonly notes: readonly string[];
};

/** The user column is the session. @throws {UnfitDataError} */
export async function sessionRun(options: FileOptions): Promise<SessionFileRun> {
  const table = await createInteractionsReader().read(options.interactions);
  requireRankable(table);
  if (table.times.some(Number.isNaN)) throw new UnfitDataError('sessions need a time in every row');
  const trainShare = Number(options.split?.split(':')[1] ?? '0.8');
  if (!(trainShare > 0 && trainShare < 1)) {
    throw new UnfitDataError(`expected sessions:0.8, got ${options.split}`);
  }
  const split = splitSessions(table, trainShare);
  if (split.tests.length === 0) throw new UnfitDataError('no hidden session has two items that are known');
  const { contenders } = selectContenders(SESSION_CONTENDERS, [], options);
  return {
    split,
    contenders,
    description: `${options.interactions}, next item of the ${((1 - trainShare) * 100).toFixed(0)} % of sessions that end last, which no method has seen; all items ranked, repeats too`,
    notes: [`${split.tests.length} items are foretold`],
  };
}

/** @throws {UnfitDataError} */
function parseSplit(name: string, hasTimes: boolean): Splitter {
  const [kind, argument] = name.split(':');
  if (kind === 'random') {
    const share = Number(argument ?? '0.8');
    if (share > 0 && share < 1) return splitRandomly(share);
  }
  if (kind === 'last-item') return splitLastItem;
  if (kind === 'last-basket' || kind === 'date') {
    if (!hasTimes) throw new UnfitDataError(`the split ${name} needs a time in every row`);
    if (kind === 'last-basket') return splitLastBasket;
    const instant = Date.parse(argument ?? '');
    if (!Number.isNaN(instant)) return splitAt(instant);
  }
  throw new UnfitDataError(
    `expected last-basket, last-item, date:YYYY-MM-DD, random:0.8 or sessions:0.8, got ${name}`,
  );
}

/** Users and items of the test file alone have indexes too, but such users are not ranked. */
function joinTest(train: EventTable, test: EventTable): Split {
  const known = new Set(train.userIndices);
  const tests = groupItems(test).flatMap((relevant, userIndex) =>
    relevant.size > 0 && known.has(userIndex) ? [{ userIndex, relevant, candidates: null }] : [],
  );
  const now = test.times.reduce((earliest, time) => (time < earliest ? time : earliest), Infinity);
  return { train, tests, now: Number.isFinite(now) ? now : Number.NaN };
}

/** @throws {UnfitDataError} there is no such algorithm */
function pickContenders(
  train: EventTable,
  { algorithms, blend }: Wish,
  connections: Connections | null,
): Pick<Run, 'contenders' | 'blend'> & { readonly notes: readonly string[] } {
  const asked = algorithms?.filter((name) => !RATING_METHODS.includes(name));
  if (!connections && asked?.includes('social')) {
    throw new UnfitDataError('the algorithm social needs --connections FILE');
  }
  const { 'ease-with-tail': easeWithTail, ...methods } = MODELS_UNDER_TEST;
  const choices = chooseBySize(train.itemIds.length, train.userIndices.length);
  const left = choices.filter(
    ({ algorithm, isFit }) =>
      !isFit && asked?.includes(algorithm) !== true && blend?.includes(algorithm) !== true,
  );
  const available = Object.entries(methods)
    .filter(([name]) => !left.some(({ algorithm }) => algorithm === name))
    .map(([name, create]): [string, ModelUnderTest] => [
      name,
      name === 'ease' && train.itemIds.length > EASE_ITEM_LIMIT ? easeWithTail() : create(),
    ]);
  if (connections) available.push(['social', socialContender(connections.circles)]);
  const selected = selectContenders(Object.fromEntries(available), BLEND, {
    ...(asked && { algorithms: asked }),
    ...(blend && { blend }),
  });
  const names = Object.keys(selected.contenders);
  const notes = choices
    .filter(
      ({ algorithm }) => names.includes(algorithm) || left.some((choice) => choice.algorithm === algorithm),
    )
    .map(({ algorithm, isFit, reason }) => `${algorithm}: ${isFit ? '' : 'left out, '}${reason}`);
  if (connections) {
    const { knownCount, rowCount } = connections;
    notes.push(
      `social: ${knownCount} of ${rowCount} connections are between users of the file; then popularity`,
    );
  }
  return { ...selected, notes };
}
