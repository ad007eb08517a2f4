/** The source of the contact-data keys: settings, or a file of this installation. Never logs a key. */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { type Config, ConfigError } from '../config.ts';
import { writePrivateFile } from '../private-file.ts';
import { createKeyring, type Keyring } from './keyring.ts';

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
const HOW_TO_MAKE = 'make one with: openssl rand -base64 32';

const keyFile = z.object({
  /** Newest first. */
  keys: z.array(z.object({ id: z.string().regex(KEY_ID), key: z.base64() })).min(1),
  indexKey: z.base64(),
});
type KeyFile = z.infer<typeof keyFile>;

/**
 * The keyring of the settings; outside production, without settings, the one of a file that is created on first use.
 * @throws {ConfigError} in production without keys, or when a key is not 32 bytes of base64.
 */
export async function openKeyring(config: Config): Promise<Keyring> {
  const { contactKeys, contactIndexKey } = config;
  if (contactKeys !== null && contactIndexKey !== null) {
    return createKeyring(parseKeys(contactKeys), decodeKey('CONTACT_INDEX_KEY', contactIndexKey));
  }
  const missing = contactKeys === null ? 'CONTACT_KEYS' : 'CONTACT_INDEX_KEY';
  if (contactKeys !== null || contactIndexKey !== null) {
    throw new ConfigError(`${missing}: expected beside the other contact-data setting; set both or neither`);
  }
  if (config.isProduction) {
    throw new ConfigError(
      'CONTACT_KEYS and CONTACT_INDEX_KEY: expected in production, as contact data is sealed with them; ' +
        `CONTACT_KEYS is id:key, newest first, a key 32 bytes of base64: ${HOW_TO_MAKE}`,
    );
  }
  const path = keyFilePath(config);
  const { keys, indexKey } = (await readKeyFile(path)) ?? (await createKeyFile(path));
  return createKeyring(
    new Map(keys.map(({ id, key }) => [id, decodeKey(path, key)])),
    decodeKey(path, indexKey),
  );
}

/**
 * Adds a new key before the generated ones; `rotateContactKeys` then seals again with it.
 * @returns the id of the new key
 * @throws {ConfigError} the keys come from the settings: the operator adds a key there.
 */
export async function addContactKey(config: Config): Promise<string> {
  if (config.contactKeys !== null) {
    throw new ConfigError(
      `CONTACT_KEYS: put the new key in front, as id:key,${config.contactKeys.split(':')[0]}:…; ${HOW_TO_MAKE}`,
    );
  }
  const path = keyFilePath(config);
  const file = (await readKeyFile(path)) ?? (await createKeyFile(path));
  const numbers = file.keys.map(({ id }) => Number(/^k(\d+)$/.exec(id)?.[1] ?? 0));
  const id = `k${Math.max(...numbers) + 1}`;
  await writePrivateFile(`${path}.new`, toText({ ...file, keys: [{ id, key: randomKey() }, ...file.keys] }));
  await rename(`${path}.new`, path);
  return id;
}

function parseKeys(text: string): Map<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const pair of text.split(',').map((part) => part.trim())) {
    const colon = pair.indexOf(':');
    const id = pair.slice(0, Math.max(colon, 0));
    // The rest of the pair may be a key, so the message does not contain it.
    if (!KEY_ID.test(id)) throw new ConfigError('CONTACT_KEYS: expected id:key pairs, separated by commas');
    if (keys.has(id)) throw new ConfigError(`CONTACT_KEYS: expected distinct ids, got ${id} twice`);
    keys.set(id, decodeKey(`CONTACT_KEYS ${id}`, pair.slice(colon + 1)));
  }
  return keys;
}

function decodeKey(name: string, text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES || key.every((byte) => byte === key[0])) {
    throw new ConfigError(`${name}: expected ${KEY_BYTES} random bytes of base64; ${HOW_TO_MAKE}`);
  }
  return key;
}

function keyFilePath(config: Config): string {
  return join(config.dataDir, 'contact-keys.json');
}

async function readKeyFile(path: string): Promise<KeyFile | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ConfigError(`${path}: cannot be read`, { cause: error });
  }
  try {
    return keyFile.parse(JSON.parse(text));
  } catch {
    throw new ConfigError(`${path}: expected the contact-data keys; restore the file from a backup`);
  }
}

async function createKeyFile(path: string): Promise<KeyFile> {
  const file = { keys: [{ id: 'k1', key: randomKey() }], indexKey: randomKey() };
  const draft = `${path}.${randomUUID()}`;
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writePrivateFile(draft, toText(file));
  try {
    // Unlike a rename, a link fails if another process created the file first, whose keys may be in use already.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return (await readKeyFile(path))!;
}

function toText(file: KeyFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

function randomKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}
