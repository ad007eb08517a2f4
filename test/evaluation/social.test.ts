import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createRandom } from '#numeric/random.ts';
import { runSuite } from '#evaluation/suites/suites.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CIRCLES = 30;
const FRIENDS = 6;
const ITEMS = 200;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-social-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Circles of six friends, each with a taste for twelve items of two hundred; half of what they take is anything. */
function makeInteractions(): string {
  const random = createRandom(5);
  const lines = ['user,item,time'];
  for (let circle = 0; circle < CIRCLES; circle += 1) {
    const taste = Array.from({ length: 12 }, () => random.integer(ITEMS));
    for (let friend = 0; friend < FRIENDS; friend += 1) {
      for (let day = 1; day <= 8; day += 1) {
        // Squared: some things sell far better than others.
        const anything = Math.floor(ITEMS * random.uniform() ** 2);
        const item = random.uniform() < 0.5 ? taste[random.integer(taste.length)]! : anything;
        lines.push(`u${circle}-${friend},i${item},2024-01-0${day}`);
      }
    }
  }
  return lines.join('\n');
}

/** @param circleOf the circle that each friend tells of */
function makeConnections(circleOf: (circle: number) => number): string {
  const lines = ['from,to,kind'];
  for (let circle = 0; circle < CIRCLES; circle += 1) {
    for (let friend = 0; friend < FRIENDS; friend += 1) {
      for (let other = 0; other < FRIENDS; other += 1) {
        const [from, to] = [`u${circle}-${friend}`, `u${circleOf(circle)}-${other}`];
        if (from !== to) lines.push(`${from},${to},follow`);
      }
    }
  }
  return lines.join('\n');
}

async function evaluate(connections: string | null, algorithms = ['popularity', 'social']) {
  const interactions = join(folder, 'interactions.csv');
  const file = join(folder, 'connections.csv');
  await writeFile(interactions, makeInteractions());
  if (connections !== null) await writeFile(file, connections);
  const options = { interactions, algorithms, split: 'last-item', seed: 1, threads: 1 };
  const { report, cases } = await runSuite(
    connections === null ? options : { ...options, connections: file },
    () => {},
  );
  const ndcg = (algorithm: string): number =>
    report.rows.find((row) => row.algorithm === algorithm && row.protocol === 'interactions/discover')!
      .metrics['ndcg@10']!;
  const listsOf = (algorithm: string) => cases.get('interactions/discover')!.get(algorithm)!;
  return { report, ndcg, listsOf };
}

describe('social', () => {
  test('beats popularity where friends share a taste', async () => {
    const { ndcg, report } = await evaluate(makeConnections((circle) => circle));

    expect(ndcg('social')).toBeGreaterThan(1.5 * ndcg('popularity'));
    expect(report.notes).toContain(
      'social: 900 of 900 connections are between users of the file; then popularity',
    );
  });

  test('gains nothing where the connected people are strangers', async () => {
    const { ndcg } = await evaluate(makeConnections((circle) => (circle + 1) % CIRCLES));

    expect(ndcg('social')).toBeLessThan(1.2 * ndcg('popularity'));
  });

  test('gives the very lists of popularity where nobody is connected', async () => {
    const { listsOf } = await evaluate('from,to\nsomebody,nobody\nu0-0,u0-0\n');

    expect(listsOf('social')).toEqual(listsOf('popularity'));
  });

  test('reads a file without a header and without kinds, as follows', async () => {
    const [, ...rows] = makeConnections((circle) => circle).split('\n');
    const bare = rows.map((row) => row.replace(',follow', '')).join('\n');

    const told = await evaluate(makeConnections((circle) => circle));
    const untold = await evaluate(bare);

    expect(untold.listsOf('social')).toEqual(told.listsOf('social'));
  });
});

test.each([
  ['a missing user', 'from,to\nu0-0,\n', 'line 2: expected two users, got u0-0,'],
  [
    'an unknown kind',
    'u0-0,u0-1,enemy\n',
    'line 1: expected a kind of household, referral, follow, got "enemy"',
  ],
])('refuses a file of connections with %s', async (_, text, message) => {
  await expect(evaluate(text)).rejects.toThrow(message);
});

test('asks for connections where social was asked for, and leaves it out where it was not', async () => {
  await expect(evaluate(null)).rejects.toThrow('the algorithm social needs --connections FILE');
  const { report } = await evaluate(null, ['popularity']);
  expect(report.rows.map(({ algorithm }) => algorithm)).not.toContain('social');
});
