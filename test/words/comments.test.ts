/** Comments of the product are in the terms of the field: see plain-words.ts for the phrases that they avoid. */
import { readdirSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { faultsOf } from './plain-words.ts';

/** Comments of a source text, without code in backticks. */
function commentsOf(source: string): string[] {
  const found = source.matchAll(/\/\*\*(?<block>[\s\S]*?)\*\/|^(?<lines>(?: *\/\/.*\n)+)/gm);
  return Array.from(found, ({ groups }) =>
    (groups!['block'] ?? groups!['lines']!)
      .replaceAll(/^ *(?:\*|\/\/) ?/gm, '')
      .replaceAll(/`[^`]*`/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
}

test('are in plain words', () => {
  const files = ['src', 'evaluation', 'examples', 'packages'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );

  const faults = files.flatMap((file) =>
    commentsOf(readFileSync(file, 'utf8')).flatMap((comment) =>
      faultsOf(comment).map((fault) => `${file}: ${fault} in: ${comment.slice(0, 120)}`),
    ),
  );

  expect(faults).toEqual([]);
});

test.each([
  ['/** Nobody is asked. */', 1],
  ['// The rows\n// goes on from here.\n', 1],
  ['/** The page. Who calls it waits. */', 1],
  ['/** Rows of `people`, normalised. */', 0],
])('finds the faults of %s', (source, count) => {
  expect(commentsOf(source).flatMap(faultsOf)).toHaveLength(count);
});
