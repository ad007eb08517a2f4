/** Pages of documentation and the examples in them. Judges nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Page {
  /** Path from the top of the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Example {
  /** Page and line: where a failing test sends its reader. */
  readonly place: string;
  readonly text: string;
}

const root = join(import.meta.dirname, '../..');

export function readPages(): Page[] {
  const paths = readdirSync(root, { encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
  const manuals = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  for (const file of manuals) if (file.endsWith('.md')) paths.push(join('docs', file));
  return paths.toSorted().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The fenced blocks of a language, over all pages unless some are given. */
export function readExamples(language: 'graphql' | 'rule', pages: readonly Page[] = readPages()): Example[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms');
  return pages.flatMap(({ path, text }) =>
    [...text.matchAll(fence)].map((match) => ({
      place: `${path}:${text.slice(0, match.index).split('\n').length}`,
      text: match[1]!,
    })),
  );
}
