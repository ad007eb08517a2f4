import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const SOURCE = 'src';
const MAX_FILES_PER_FOLDER = 32;

/** Who may import whom; `platform` and so on are folders of src. A folder may always import itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  numeric: [],
  'rule-language': [],
  graphql: ['platform'],
  'named-resources': ['platform', 'graphql'],
  changes: ['platform', 'graphql'],
  customers: ['platform', 'graphql', 'changes'],
  catalog: ['platform', 'graphql', 'changes'],
  events: ['platform', 'graphql', 'changes', 'customers', 'catalog'],
  profiles: ['platform', 'graphql', 'customers', 'catalog', 'events', 'numeric'],
  segments: [
    'platform',
    'graphql',
    'rule-language',
    'named-resources',
    'changes',
    'customers',
    'catalog',
    'events',
    'numeric',
    'profiles',
  ],
  predictions: [
    'platform',
    'graphql',
    'rule-language',
    'named-resources',
    'changes',
    'customers',
    'catalog',
    'events',
    'numeric',
    'profiles',
    'segments',
  ],
  recommendations: [
    'platform',
    'graphql',
    'rule-language',
    'named-resources',
    'changes',
    'customers',
    'catalog',
    'events',
    'numeric',
    'profiles',
    'segments',
  ],
  campaigns: [
    'platform',
    'graphql',
    'rule-language',
    'named-resources',
    'changes',
    'customers',
    'catalog',
    'events',
    'numeric',
    'profiles',
    'segments',
    'predictions',
    'recommendations',
  ],
  tracking: [
    'platform',
    'graphql',
    'rule-language',
    'named-resources',
    'customers',
    'catalog',
    'events',
    'numeric',
    'profiles',
    'segments',
    'predictions',
    'recommendations',
  ],
  webhooks: ['platform', 'graphql', 'rule-language', 'named-resources', 'changes', 'customers', 'segments'],
  privacy: [
    'platform',
    'graphql',
    'rule-language',
    'named-resources',
    'changes',
    'customers',
    'catalog',
    'events',
    'numeric',
    'profiles',
    'segments',
    'predictions',
    'recommendations',
    'campaigns',
  ],
};
/** Entry points and what they are made of: may import everything. */
const wiring = new Set(['main', 'commands', 'demo']);

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .toSorted();

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SOURCE, file), 'utf8');
  return [...text.matchAll(IMPORT)].flatMap(([statement, type, fixed, dynamic]) => {
    const specifier = fixed ?? dynamic!;
    if (!specifier.startsWith('#') && !specifier.startsWith('.')) return [];
    if (OF_PACKAGE.test(specifier)) return [];
    const to = specifier.startsWith('#') ? specifier.slice(1) : normalize(join(dirname(file), specifier));
    const names =
      /\{([^}]*)\}/
        .exec(statement)?.[1]
        ?.split(',')
        .filter((name) => name.trim() !== '') ?? [];
    const hasOnlyTypes = names.length > 0 && names.every((name) => name.trim().startsWith('type '));
    return [{ from: file, to, isTypeOnly: type !== undefined || hasOnlyTypes }];
  });
}

/** An import of `packages/`, which stands beside src as an installed one would. */
const OF_PACKAGE = /^#(pg-batch)\/(.*)$/;

const imports = files.flatMap(importsOf);

function folderOf(file: string): string {
  const [folder] = file.split('/');
  return file.includes('/') ? folder! : '';
}

test('finds the imports it judges', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports.filter(({ from }) => from === 'main/c360.ts')).not.toEqual([]);
});

test('knows every folder of src', () => {
  const folders = new Set(files.map(folderOf));

  expect([...folders].filter((folder) => !(folder in mayImport) && !wiring.has(folder))).toEqual([]);
});

test('keeps src to folders, and each folder to as many files as a reader takes in', () => {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);

  expect(counts.get('.')).toBeUndefined();
  for (const folder of ['test', 'evaluation', 'packages']) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.includes('node_modules')) continue;
      const path = `${folder}/${dirname(file)}`;
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  expect([...counts].filter(([, count]) => count > MAX_FILES_PER_FOLDER)).toEqual([]);
});

test('lets a folder import only those below it', () => {
  const wrong = imports
    .filter(({ from, to }) => {
      const [importer, imported] = [folderOf(from), folderOf(to)];
      if (importer === imported || wiring.has(importer)) return false;
      return !mayImport[importer]?.includes(imported);
    })
    .map(({ from, to }) => `${from} imports ${to}`);

  expect(wrong).toEqual([]);
});

test('writes # between folders and ./ inside one', () => {
  const wrong = files.flatMap((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    return [...text.matchAll(IMPORT)]
      .map(([, , fixed, dynamic]) => fixed ?? dynamic!)
      .filter((specifier) => {
        // A folder within a feature may say where it goes up to; beside each other files say ./.
        if (OF_PACKAGE.test(specifier)) return false;
        if (specifier.startsWith('#')) return dirname(specifier.slice(1)) === dirname(file);
        if (!specifier.startsWith('.')) return false;
        const target = normalize(join(dirname(file), specifier));
        return folderOf(target) !== folderOf(file) && folderOf(file) !== '' && folderOf(target) !== '';
      })
      .map((specifier) => `${file}: ${specifier}`);
  });

  expect(wrong).toEqual([]);
});

test('has no circle of imports', () => {
  const targets = new Map<string, string[]>();
  for (const { from, to, isTypeOnly } of imports) {
    if (!isTypeOnly) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const finished = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    if (finished.has(file)) return;
    const start = path.indexOf(file);
    if (start !== -1) {
      circles.push([...path.slice(start), file].join(' > '));
      return;
    }
    for (const target of targets.get(file) ?? []) walk(target, [...path, file]);
    finished.add(file);
  };
  for (const file of files) walk(file, []);

  expect(circles).toEqual([]);
});

test('imports nothing that is not there', () => {
  const known = new Set(files);

  expect(imports.filter(({ to }) => to.endsWith('.ts') && !known.has(to))).toEqual([]);
});

test('has no barrels and no catch-all files', () => {
  const names = new Set([
    'index.ts',
    'utils.ts',
    'util.ts',
    'helpers.ts',
    'helper.ts',
    'common.ts',
    'misc.ts',
  ]);
  const barrels = files.filter((file) =>
    /^export (\*|\{[^}]*\}) from/m.test(readFileSync(join(SOURCE, file), 'utf8')),
  );

  expect(files.filter((file) => names.has(basename(file)))).toEqual([]);
  expect(barrels).toEqual([]);
});

test('heads every file with what it owns', () => {
  const bare = files.filter((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8').replace(/^#!.*\n/, '');
    return !text.startsWith('/**');
  });

  expect(bare).toEqual([]);
});

test('keeps files short enough to read, save for lists of the demo shop', () => {
  const code = files.filter((file) => folderOf(file) !== 'demo');
  const long = code.filter((file) => readFileSync(join(SOURCE, file), 'utf8').split('\n').length > 320);

  expect(long).toEqual([]);
});

test('reads the environment in one place, and wiring', () => {
  const readers = files.filter((file) => /process\.env\b/.test(readFileSync(join(SOURCE, file), 'utf8')));

  expect(readers.filter((file) => !wiring.has(folderOf(file)))).toEqual(['platform/config.ts']);
});

test('keeps SQL out of the faces', () => {
  const faces = files.filter((file) => /(^|\/)((graphql|mutations)[\w-]*|schema\/[\w-]+)\.ts$/.test(file));
  const wrong = faces.filter((file) =>
    /\/\* [a-z]+\.\w+ \*\/|\bselect [\w*"., ]+ from /.test(readFileSync(join(SOURCE, file), 'utf8')),
  );

  expect(faces.length).toBeGreaterThan(5);
  expect(wrong.map((file) => relative(SOURCE, join(SOURCE, file)))).toEqual([]);
});

test('shares no code between the rule language and the oracle that judges it', () => {
  const folder = 'test/rule-language/oracle';
  const files = readdirSync(folder);
  const shared = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(IMPORT)]
      .filter(([, type, fixed]) => type === undefined && !/^(?:node:|\.\/)/.test(fixed ?? ''))
      .map(([statement]) => `${file}: ${statement}`),
  );

  expect(files.length).toBeGreaterThan(3);
  expect(shared).toEqual([]);
});

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function specifiersOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, , fixed, dynamic]) => fixed ?? dynamic!);
}

describe('a package of the repository', () => {
  const folder = 'packages/pg-batch';
  const manifest = readManifest(folder);
  const own = readdirSync(join(folder, 'src')).map((file) => join(folder, 'src', file));

  test('is imported by what it exports, and exports nothing else', () => {
    const used = files.flatMap((file) =>
      specifiersOf(join(SOURCE, file)).flatMap((specifier) => OF_PACKAGE.exec(specifier)?.[2] ?? []),
    );

    expect(Object.keys(manifest.exports).toSorted()).toEqual(
      [...new Set(used)].map((file) => `./${file}`).toSorted(),
    );
    expect(
      Object.entries(manifest.exports).filter(([key, file]) => file !== `./src/${key.slice(2)}`),
    ).toEqual([]);
  });

  test('imports its own files and its dependencies, of the versions that are installed', () => {
    const specifiers = own.flatMap(specifiersOf).filter((specifier) => !specifier.startsWith('node:'));
    const installed = readManifest('.').dependencies;

    expect(own.length).toBeGreaterThan(10);
    expect(specifiers.filter((specifier) => !/^\.\/[\w-]+\.ts$/.test(specifier)).toSorted()).toEqual(
      specifiers.filter((specifier) => specifier in manifest.dependencies).toSorted(),
    );
    for (const [name, version] of Object.entries(manifest.dependencies))
      expect(installed[name]).toBe(version);
  });
});
