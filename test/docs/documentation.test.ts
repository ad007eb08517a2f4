import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describeLanguage } from '#rule-language/editor/reference.ts';
import { ruleLanguage } from '#segments/vocabulary/registry.ts';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';

import { jobs } from '../../src/main/jobs.ts';
import { schema } from '../../src/main/schema.ts';
import { readExamples, readPages } from '../support/documentation.ts';

const pages = readPages();
const textOf = (path: string): string => pages.find((page) => page.path === path)!.text;
const decisions = pages.filter(({ path }) => /^docs\/decisions\/\d{4}-/.test(path));

test('the first page stays below 200 lines and shows five faces and a write', () => {
  const readme = pages.filter(({ path }) => path === 'README.md');

  expect(readme[0]!.text.split('\n').length).toBeLessThan(200);
  expect(readExamples('graphql', readme)).toHaveLength(6);
});

test('the map names every folder of src', () => {
  const [map] = textOf('README.md').split('\n## Map of src\n')[1]!.split('\n## ');

  expect(readdirSync('src').filter((folder) => !map!.includes(`\`${folder}/\``))).toEqual([]);
});

test.for(readExamples('graphql'))('the GraphQL of $place fits the schema', ({ text }) => {
  expect(validate(schema, parse(text))).toEqual([]);
});

test.for(pages)('links of $path lead to files and headings', ({ path, text }) => {
  const broken = [...text.matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)]
    .filter(([, target]) => !target!.startsWith('https://'))
    .filter(([, target, heading]) => {
      const file = target === '' ? path : join(dirname(path), target!);
      if (!existsSync(file)) return true;
      return heading !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(heading);
    })
    .map(([link]) => link);

  expect(broken).toEqual([]);
});

test.for(pages)('files that $path names are there', ({ text }) => {
  const names = [...text.matchAll(/(?<=[` ])(?:src|test)\/[\w./-]*\w/g)].map(([name]) => name);

  expect(names.filter((name) => !existsSync(name))).toEqual([]);
});

/** As GitHub makes them: a heading that comes again has a number. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

test('operations list every setting and every job', () => {
  const settings = readFileSync('src/platform/config.ts', 'utf8').matchAll(/^ {2}([A-Z][A-Z_]+): /gm);
  const names = [...settings].map(([, name]) => name!).concat(jobs.map(({ name }) => name));

  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !textOf('docs/operations.md').includes(`\`${name}\``))).toEqual([]);
});

test('the manual of rules names all that a rule may use', () => {
  const { attributes, functions, groups } = describeLanguage(ruleLanguage());
  const usable = [...attributes, ...functions, ...groups].filter(({ unavailable }) => unavailable === null);
  const manual = textOf('docs/segments.md');

  expect(usable.length).toBeGreaterThan(40);
  expect(usable.filter(({ name }) => !manual.includes(`\`${name}\``))).toEqual([]);
});

test('every decision has a number, its four parts and a line in the list', () => {
  const list = textOf('docs/decisions/README.md');

  expect(decisions.length).toBeGreaterThan(20);
  expect(decisions.map(({ path }) => Number(/(\d{4})-/.exec(path)![1]))).toEqual(
    decisions.map((_, index) => index + 1),
  );
  for (const { path, text } of decisions) {
    const [, title] = /^# (\d+\. .*)$/m.exec(text)!;
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);

    expect(headings).toEqual(['Context', 'Decision', 'Consequences', 'What would change it']);
    expect(list).toContain(`[${title}](${path.slice('docs/decisions/'.length)})`);
  }
});
