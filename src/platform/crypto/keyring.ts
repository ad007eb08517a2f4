/** Seals contact data and makes its blind indexes. Never logs plaintext. */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';

export interface SealedValue {
  readonly keyId: string;
  /** 12 bytes nonce, 16 bytes tag, then the ciphertext. */
  readonly sealed: Uint8Array;
}

export interface Keyring {
  /** Id of the key that new values are sealed with. */
  readonly activeKeyId: string;
  /** Ids of every key that opens values, newest first. */
  readonly keyIds: readonly string[];
  /**
   * AES-256-GCM (NIST SP 800-38D). `binding` names the owner of the value (as associated data), so that a value copied
   * to another row does not open.
   */
  seal(plain: string, binding: string): SealedValue;
  /** @throws {SealedValueError} the key is unknown, the value was modified, or its binding is another. */
  open(value: SealedValue, binding: string): string;
  /**
   * Keyed hash of a normalised value, 32 bytes: equal values have equal hashes, and the hash does not reveal the value.
   */
  hash(kind: string, normalised: string): Buffer;
  /** Blind search token, a signed 64-bit integer as decimal text. */
  searchToken(term: string): string;
}

class SealedValueError extends Error {
  override readonly name = 'SealedValueError';
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Prefixes of names repeat often: a full cache of tokens is about 5 MB. */
const MAX_KNOWN_TOKENS = 50_000;

/** @param keys 32-byte keys by id; the first seals, all of them open */
export function createKeyring(keys: ReadonlyMap<string, Buffer>, indexKey: Buffer): Keyring {
  for (const key of [...keys.values(), indexKey]) {
    if (key.length !== 32) throw new SealedValueError(`expected keys of 32 bytes, got ${key.length}`);
  }
  // A key object: hashing with a key in a Buffer took 16 µs, with a key object 3.7 µs.
  const sealKeys = new Map(Array.from(keys, ([id, key]) => [id, createSecretKey(key)]));
  const hashKey = createSecretKey(indexKey);
  const active = sealKeys.entries().next().value;
  if (active === undefined) throw new SealedValueError('no contact-data key');
  const [activeKeyId, activeKey] = active;
  const knownTokens = new Map<string, string>();

  function hash(kind: string, text: string): Buffer {
    return createHmac('sha256', hashKey).update(`${kind}\u0000${text}`).digest();
  }

  return {
    activeKeyId,
    keyIds: [...sealKeys.keys()],
    hash,
    seal(plain, binding) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', activeKey, nonce);
      cipher.setAAD(Buffer.from(binding));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return { keyId: activeKeyId, sealed: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
    },
    open({ keyId, sealed }, binding) {
      const key = sealKeys.get(keyId);
      if (key === undefined) throw new SealedValueError(`contact-data key ${keyId} is not configured`);
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(binding));
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        const body = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch (error) {
        throw new SealedValueError('a sealed value was changed or belongs to another record', {
          cause: error,
        });
      }
    },
    searchToken(term) {
      let token = knownTokens.get(term);
      if (token === undefined) {
        token = hash('search', term).readBigInt64BE().toString();
        if (knownTokens.size >= MAX_KNOWN_TOKENS) knownTokens.clear();
        knownTokens.set(term, token);
      }
      return token;
    },
  };
}
