import { createId } from '#platform/ids.ts';
import { clusters } from '#segments/clusters/tables.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { NOW } from '../segments/shop.ts';
import { openTestApp, type TestApp } from '../support/app.ts';
import { execute, query } from '../support/query.ts';
import { plainId } from '../support/global-ids.ts';
import { addSegment } from '../segments/seed.ts';

interface Resource {
  /** As in `createSegment`. */
  readonly type: string;
  /** Of the payload. */
  readonly field: string;
  /** Of `Query`, with the pages. */
  readonly list: string;
  readonly isNewestFirst?: boolean;
  readonly keyTaken: string;
  /** Of `createX`, beside key and name; the segment is one that is active. */
  readonly input: (segmentId: string) => object;
  /** Text that `updateX` sets beside the name, where there is one. */
  readonly hasDescription: boolean;
  /** A rule that names the resource with this key; null where the resource can be archived all the same. */
  readonly rule: ((key: string) => string) | null;
}

const traits = ['amount_spent'];
const resources: readonly Resource[] = [
  {
    type: 'Segment',
    field: 'segment',
    list: 'segments',
    keyTaken: 'SegmentKeyTakenError',
    input: () => ({ rule: 'EVERYONE' }),
    hasDescription: true,
    rule: (key) => `IN SEGMENT '${key}'`,
  },
  {
    type: 'CustomerList',
    field: 'list',
    list: 'customerLists',
    keyTaken: 'ListKeyTakenError',
    input: () => ({}),
    hasDescription: true,
    rule: (key) => `IN LIST '${key}'`,
  },
  {
    type: 'ClusterSet',
    field: 'clusterSet',
    list: 'clusterSets',
    keyTaken: 'ClusterSetKeyTakenError',
    input: () => ({ traits }),
    hasDescription: true,
    rule: (key) => `IN CLUSTER '${key}/1'`,
  },
  {
    type: 'LookAlike',
    field: 'lookAlike',
    list: 'lookAlikes',
    keyTaken: 'LookAlikeKeyTakenError',
    input: (seedSegmentId) => ({ traits, seedSegmentId }),
    hasDescription: true,
    rule: null,
  },
  {
    type: 'Campaign',
    field: 'campaign',
    list: 'campaigns',
    isNewestFirst: true,
    keyTaken: 'CampaignKeyTakenError',
    input: () => ({ content: {}, audience: {} }),
    hasDescription: false,
    rule: null,
  },
];

const NOBODY = '019a0000-0000-7000-8000-000000000000';

let app: TestApp;
let segmentId: string;
beforeAll(async () => {
  app = await openTestApp();
  app.setNow(NOW);
  segmentId = await addSegment(app, 'seeds', 'none');
});
afterAll(() => app.close());

/** Moves the present on, so that instants of the next change differ from those before. */
let minutes = 0;
function wait(): string {
  minutes += 1;
  const now = new Date(NOW.getTime() + minutes * 60_000);
  app.setNow(now);
  return now.toISOString();
}

/** Texts are put together for each type of resource. */
interface Row {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly updatedAt: string;
  readonly archivedAt: string | null;
  readonly description?: string | null;
}
type Result = Readonly<Record<string, Row | string | undefined>>;
interface Page {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly key: string } }[];
}

describe.each(resources)('$type', (resource) => {
  const { type, field, list, keyTaken, hasDescription, rule } = resource;
  const row = `id key name updatedAt archivedAt ${hasDescription ? 'description' : ''}`;

  async function change(verb: string, input: object) {
    const name = `${capitalise(verb)}${type}`;
    const errorFields: Readonly<Record<string, string>> = {
      create: `... on ${keyTaken} { key }`,
      duplicate: `... on ${keyTaken} { key }`,
      archive: rule === null ? '' : `... on ${inUseError(resource)} { usedBy }`,
    };
    const data = await query<string>(
      app,
      `mutation ($input: ${name}Input!) { result: ${verb}${type}(input: $input) {
        __typename ... on Error { message } ... on InvalidInputError { field } ${errorFields[verb] ?? ''}
        ... on ${name}Payload { ${field} { ${row} } } } }`,
      { input },
    );
    return (data as { result: Result }).result;
  }

  const create = (key: string, input: object = {}) =>
    change('create', { key, name: key, ...resource.input(segmentId), ...input });
  const createRow = async (key: string, input: object = {}) => (await create(key, input))[field] as Row;
  const read = async (page: string) => {
    const { data, errors } = await execute<string>(
      app,
      `{ ${list}(${page}) { totalCount pageInfo { hasNextPage hasPreviousPage } edges { cursor node { key } } } }`,
    );
    return { connection: (data as Record<string, Page | null> | null | undefined)?.[list], errors };
  };

  test('takes keys of one pattern', async () => {
    for (const key of ['9-lives_x', 'k'.repeat(100)]) {
      expect(await create(key)).toMatchObject({ [field]: { key, name: key, archivedAt: null } });
    }
    for (const key of ['', 'Upper', '-dash', 'white space', 'k'.repeat(101), 'bell\u0007']) {
      expect(await create(key, { name: 'x' })).toMatchObject({
        __typename: 'InvalidInputError',
        field: 'key',
        message: expect.stringMatching(/^expected 1 to 100 lower-case letters, digits, - and _/),
      });
    }
    expect(await create('nameless', { name: ' ' })).toMatchObject({ field: 'name' });
    expect(await create('long', { name: 'x'.repeat(201) })).toMatchObject({ field: 'name' });
  });

  test('keeps a key taken, archived or not', async () => {
    const { id } = await createRow('taken');
    expect(await create('taken')).toMatchObject({ __typename: keyTaken, key: 'taken' });
    expect(await change('duplicate', { id, key: 'taken' })).toMatchObject({
      __typename: keyTaken,
      key: 'taken',
    });

    await change('archive', { id });

    expect(await create('taken')).toMatchObject({
      __typename: keyTaken,
      message: expect.stringContaining('with the key taken already'),
    });
  });

  test('changes what is given, and says when', async () => {
    const text = hasDescription ? { description: 'What for.' } : {};
    const { id } = await createRow('changed', text);
    const updatedAt = wait();

    expect(await change('update', { id, name: 'After' })).toMatchObject({
      [field]: { name: 'After', updatedAt, ...text },
    });
    expect(await change('update', { id, name: null })).toMatchObject({ [field]: { name: 'After', ...text } });
    if (!hasDescription) return;
    expect(await change('update', { id, description: null })).toMatchObject({
      [field]: { name: 'After', description: null },
    });
  });

  test('copies one, archived or not, under another key', async () => {
    const text = hasDescription ? { description: 'What for.' } : {};
    const { id } = await createRow('original', { name: 'Original', ...text });

    const copy = await change('duplicate', { id, key: 'copy' });
    await change('archive', { id });
    const named = await change('duplicate', { id, key: 'copy_of_archived', name: 'Copy' });

    expect(copy).toMatchObject({ [field]: { key: 'copy', name: 'Original', archivedAt: null, ...text } });
    expect(named).toMatchObject({ [field]: { name: 'Copy', archivedAt: null, ...text } });
    expect(await change('duplicate', { id, key: 'No key' })).toMatchObject({ field: 'key' });
    expect(await change('duplicate', { id, key: 'unnamed', name: '' })).toMatchObject({ field: 'name' });
  });

  test('archives once, and answers the same again', async () => {
    const { id } = await createRow('ended');
    const archivedAt = wait();

    const archived = await change('archive', { id });
    wait();

    expect(archived).toMatchObject({ [field]: { archivedAt, updatedAt: archivedAt } });
    expect(await change('archive', { id })).toEqual(archived);
    expect(await change('update', { id, name: 'Late' })).toMatchObject({ __typename: 'NotFoundError' });
  });

  test.each(['update', 'duplicate', 'archive'])('%s reads ids in one way', async (verb) => {
    const key = verb === 'duplicate' ? { key: 'of_nobody' } : {};

    expect(await change(verb, { id: NOBODY, ...key })).toMatchObject({ __typename: 'NotFoundError' });
    for (const id of ['nobody', btoa(`Customer:${NOBODY}`)]) {
      expect(await change(verb, { id, ...key })).toMatchObject({
        __typename: 'InvalidInputError',
        field: 'id',
        message: `expected an id as in ${type}.id, or the plain UUID`,
      });
    }
  });

  test.runIf(rule !== null)('is not archived while a rule names it', async () => {
    const { id } = await createRow('used');
    if (type === 'ClusterSet') await addCluster(app, id, 'used/1');
    const users = [];
    for (const key of ['user_b', 'user_a']) {
      users.push(await addSegment(app, `${key}_${type.toLowerCase()}`, rule!('used')));
    }

    expect(await change('archive', { id })).toMatchObject({
      __typename: inUseError(resource),
      usedBy: [`user_a_${type.toLowerCase()}`, `user_b_${type.toLowerCase()}`],
    });

    for (const user of users) {
      await execute(app, 'mutation ($id: ID!) { archiveSegment(input: { id: $id }) { __typename } }', {
        id: user,
      });
    }
    expect(await change('archive', { id })).toMatchObject({ __typename: `Archive${type}Payload` });
  });

  test('lists those that changed since an instant, archived ones too, and no others', async () => {
    await createRow('since-unchanged');
    const [changed, archived] = [await createRow('since-changed'), await createRow('since-archived')];
    const since = wait();
    await change('update', { id: changed.id, name: 'After' });
    await change('archive', { id: archived.id });

    const { connection } = await read(`first: 10, updatedSince: "${since}"`);

    expect(connection!.edges.map(({ node }) => node.key).toSorted()).toEqual([
      'since-archived',
      'since-changed',
    ]);
    expect(connection!.totalCount).toBe(2);
  });

  test('pages through active ones in both directions, and takes no cursor of another list', async () => {
    const archived = await createRow('0-archived');
    await change('archive', { id: archived.id });
    // Ids of one millisecond are in no order.
    for (const [seconds, key] of ['0-a', '0-b', '0-c'].entries()) {
      app.setNow(new Date(NOW.getTime() + 86_400_000 + seconds * 1000));
      await createRow(key);
    }
    app.setNow(NOW);
    const { connection: all } = await read('first: 100');
    const keys: string[] = all!.edges.map(({ node }) => node.key);
    const keysOf = (connection: typeof all) => connection!.edges.map(({ node }) => node.key);
    const cursorAt = (index: number): string => all!.edges.at(index)!.cursor;

    expect(keys.slice(0, 3)).toEqual(resource.isNewestFirst ? ['0-c', '0-b', '0-a'] : ['0-a', '0-b', '0-c']);
    expect(keys).not.toContain('0-archived');
    expect(resource.isNewestFirst ? [] : keys).toEqual(resource.isNewestFirst ? [] : keys.toSorted());
    expect(all!.totalCount).toBe(keys.length);
    const { connection: next } = await read(`first: 2, after: "${cursorAt(0)}"`);
    expect(keysOf(next)).toEqual(keys.slice(1, 3));
    expect(next!.pageInfo).toEqual({ hasNextPage: keys.length > 3, hasPreviousPage: true });
    const { connection: previous } = await read(`last: 2, before: "${cursorAt(-1)}"`);
    expect(keysOf(previous)).toEqual(keys.slice(-3, -1));
    expect(previous!.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: keys.length > 3 });
    const { connection: between } = await read(`first: 9, after: "${cursorAt(0)}", before: "${cursorAt(2)}"`);
    expect(keysOf(between)).toEqual([keys[1]]);

    const [, order, ...values] = JSON.parse(Buffer.from(cursorAt(0), 'base64url').toString());
    for (const parts of [
      [2, 'other.key', ...values],
      [1, order, ...values],
      [2, order],
      [2, order, ...values, 'more'],
      [2, order, 7],
    ]) {
      const cursor = Buffer.from(JSON.stringify(parts)).toString('base64url');
      const { errors } = await read(`first: 1, after: "${cursor}"`);
      expect(errors?.[0]?.message).toMatch(/^`after` is not a cursor of this list in this order/);
      expect(errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    }
  });

  test('is found by its id as by its key, archived or not', async () => {
    const { id, key } = await createRow('found');
    await change('archive', { id });
    const find = async (by: string) => {
      const { data, errors } = await execute<string>(app, `{ found: ${findField(type)}(${by}) { id key } }`);
      return { found: (data as { found: unknown } | undefined)?.found, errors };
    };
    const byId = (text: string) => `by: { id: "${text}" }`;
    const plain = plainId(id);

    for (const by of [byId(id), byId(plain), `by: { key: "${key}" }`]) {
      expect(await find(by)).toEqual({ found: { id, key }, errors: undefined });
    }
    expect(await find(byId(NOBODY))).toEqual({ found: null, errors: undefined });
    expect((await find(byId('nobody'))).errors).toMatchObject([
      {
        message: `id: expected an id as in ${type}.id, or the plain UUID`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

function capitalise(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function findField(type: string): string {
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
}

function inUseError({ keyTaken }: Resource): string {
  return keyTaken.replace('KeyTaken', 'InUse');
}

/** As a computation leaves it. */
async function addCluster(on: TestApp, globalSetId: string, key: string): Promise<void> {
  await on.db.orm.insert(clusters).values({
    id: createId(),
    clusterSetId: plainId(globalSetId),
    number: 1,
    key,
    name: 'One',
    description: 'Everybody.',
    size: 0,
    share: 0,
    traits: [],
  });
}
