import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig } from '#platform/config.ts';
import { addContactKey, openKeyring } from '#platform/crypto/open-keyring.ts';
import { afterAll, beforeEach, expect, test } from 'vitest';

const folders: string[] = [];
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'c360-keys-'));
  folders.push(dataDir);
});
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

const key = (byte: number) =>
  Buffer.from(Array.from({ length: 32 }, (_, n) => (n * byte) % 251)).toString('base64');

function open(env: Record<string, string> = {}): ReturnType<typeof openKeyring> {
  return openKeyring(readConfig({ DATA_DIR: dataDir, ...env }));
}

test('makes keys once, in a file that only its owner can read, and opens with them again', async () => {
  const [first, other] = await Promise.all([open(), open()]);
  const sealed = first.seal('ann@example.com', 'binding');

  const again = await open();

  expect(again.open(sealed, 'binding')).toBe('ann@example.com');
  expect(other.open(sealed, 'binding')).toBe('ann@example.com');
  expect(again.hash('email', 'a')).toEqual(first.hash('email', 'a'));
  expect((await stat(join(dataDir, 'contact-keys.json'))).mode & 0o777).toBe(0o600);
});

test('puts a new key in front of the generated ones, which still open', async () => {
  const before = await open();
  const sealed = before.seal('ann@example.com', 'binding');

  const id = await addContactKey(readConfig({ DATA_DIR: dataDir }));

  const after = await open();
  expect(after.activeKeyId).toBe(id);
  expect(after.keyIds).toEqual(['k2', 'k1']);
  expect(after.open(sealed, 'binding')).toBe('ann@example.com');
  expect(after.hash('email', 'a')).toEqual(before.hash('email', 'a'));
  expect((await stat(join(dataDir, 'contact-keys.json'))).mode & 0o777).toBe(0o600);
});

test('takes the keys of the settings, newest first, and makes no file', async () => {
  const keyring = await open({
    NODE_ENV: 'production',
    CONTACT_KEYS: `new:${key(3)}, old:${key(5)}`,
    CONTACT_INDEX_KEY: key(7),
  });

  expect(keyring.keyIds).toEqual(['new', 'old']);
  await expect(stat(join(dataDir, 'contact-keys.json'))).rejects.toThrow('ENOENT');
});

test('will not start in production without keys, nor make any', async () => {
  await expect(open({ NODE_ENV: 'production' })).rejects.toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('CONTACT_KEYS and CONTACT_INDEX_KEY: expected in production'),
  });
  await expect(stat(join(dataDir, 'contact-keys.json'))).rejects.toThrow('ENOENT');
});

test.each([
  [{ CONTACT_KEYS: `a:${key(3)}` }, 'CONTACT_INDEX_KEY: expected beside'],
  [{ CONTACT_INDEX_KEY: key(3) }, 'CONTACT_KEYS: expected beside'],
  [{ CONTACT_KEYS: key(3), CONTACT_INDEX_KEY: key(7) }, 'CONTACT_KEYS: expected id:key pairs'],
  [
    { CONTACT_KEYS: `a:${key(3)},a:${key(5)}`, CONTACT_INDEX_KEY: key(7) },
    'expected distinct ids, got a twice',
  ],
  [{ CONTACT_KEYS: 'a:c2hvcnQ=', CONTACT_INDEX_KEY: key(7) }, 'CONTACT_KEYS a: expected 32 random bytes'],
  [
    { CONTACT_KEYS: `a:${Buffer.alloc(32).toString('base64')}`, CONTACT_INDEX_KEY: key(7) },
    'CONTACT_KEYS a: expected 32 random bytes',
  ],
  [{ CONTACT_KEYS: `a:${key(3)}`, CONTACT_INDEX_KEY: 'x' }, 'CONTACT_INDEX_KEY: expected 32 random bytes'],
])('names the setting that cannot be used: %#', async (env, message) => {
  await expect(open(env as Record<string, string>)).rejects.toThrow(message);
});

test('says so when the file of keys is damaged, and does not overwrite it', async () => {
  await writeFile(join(dataDir, 'contact-keys.json'), '{"keys": []');

  await expect(open()).rejects.toThrow('restore the file from a backup');
  expect(await readFile(join(dataDir, 'contact-keys.json'), 'utf8')).toBe('{"keys": []');
});
