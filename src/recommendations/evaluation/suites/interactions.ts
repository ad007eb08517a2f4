/** The suite on any file of interactions, with defaults instead of tuned parameters. */

import { EASE_ITEM_LIMIT, chooseBySize } from '../../algorithms/choose.ts';
import { type Connections, readConnections } from '../connections-file.ts';
import { CONTENDERS } from '../contenders.ts';
import { type EventTable } from '../events.ts';
import { createInteractionsReader, requireRankable, UnfitDataError } from '../interactions-file.ts';
import { type RatingSplit, splitRatings } from '../ratings.ts';
import { type Run } from '../run.ts';
import { socialContender } from '../social-contender.ts';
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

/** More users tell nothing new, and ranking them all takes longer than training. */
const ASKED_LIMIT = 10_000;

const BLEND = ['popularity', 'rebuy', 'ease', 'tifu-knn', 'user-knn', 'item-knn', 'rp3beta', 'ials'];

export type FileOptions = {
  readonly interactions: string;
  readonly test?: string;
  /** last-basket, last-item, date:YYYY-MM-DD or random:0.8 */
  readonly split?: string;
  /** csv of user, user, [kind]: without it there is no `social`. */
  readonly connections?: string;
  readonly algorithms?: readonly string[];
  readonly seed: number;
};

export type FileRun = Pick<Run, 'split' | 'validationSplitter' | 'contenders' | 'blend' | 'lists'> & {
  readonly description: string;
  readonly notes: readonly string[];
  /** Null where the file has no ratings that differ. */
  readonly ratings: RatingSplit | null;
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
  const { contenders, notes } = pickContenders(split.train, options.algorithms ?? [], connections);
  return {
    split,
    validationSplitter: (train, seed) => askAtMost(ASKED_LIMIT, splitter(train, seed), seed),
    contenders,
    blend: options.algorithms && !options.algorithms.includes('blend') ? [] : BLEND,
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
  throw new UnfitDataError(`expected last-basket, last-item, date:YYYY-MM-DD or random:0.8, got ${name}`);
}

/** Users and items that only the test file has keep their numbers, but such users are not asked. */
function joinTest(train: EventTable, test: EventTable): Split {
  const known = new Set(train.userIndices);
  const tests = groupItems(test).flatMap((relevant, userIndex) =>
    relevant.size > 0 && known.has(userIndex) ? [{ userIndex, relevant, candidates: null }] : [],
  );
  const now = test.times.reduce((earliest, time) => (time < earliest ? time : earliest), Infinity);
  return { train, tests, now: Number.isFinite(now) ? now : Number.NaN };
}

/** @throws {UnfitDataError} an algorithm of that name does not exist */
function pickContenders(
  train: EventTable,
  asked: readonly string[],
  connections: Connections | null,
): { readonly contenders: Run['contenders']; readonly notes: readonly string[] } {
  const known = [
    ...Object.keys(CONTENDERS).filter((name) => name !== 'ease-with-tail'),
    ...(connections ? ['social'] : []),
  ];
  if (!connections && asked.includes('social')) {
    throw new UnfitDataError('the algorithm social needs --connections FILE');
  }
  for (const name of asked) {
    if (name !== 'blend' && !known.includes(name)) {
      throw new UnfitDataError(`expected algorithms of ${known.join(', ')}, blend; got ${name}`);
    }
  }
  const choices = chooseBySize(train.itemIds.length, train.userIndices.length);
  const wanted = asked.length === 0 || asked.includes('blend') ? known : asked;
  const left = choices.filter(({ algorithm, isFit }) => !isFit && !asked.includes(algorithm));
  const names = wanted.filter((name) => !left.some(({ algorithm }) => algorithm === name));
  const contenders = Object.fromEntries(
    names.map((name) => {
      if (name === 'social') return [name, socialContender(connections!.circles)];
      if (name === 'ease' && train.itemIds.length > EASE_ITEM_LIMIT)
        return [name, CONTENDERS['ease-with-tail']()];
      return [name, CONTENDERS[name as keyof typeof CONTENDERS]()];
    }),
  );
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
  return { contenders, notes };
}
