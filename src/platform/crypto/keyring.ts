/** Seals contact data and makes its blind indexes. Never logs what it is given. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

export interface SealedValue {
  readonly keyId: string;
  /** 12 bytes nonce, 16 bytes tag, then the ciphertext. */
  readonly sealed: Uint8Array;
}

export interface Keyring {
  /** Id of the key that new values are sealed with. */
  readonly activeKeyId: string;
  /** AES-256-GCM (NIST SP 800-38D). `binding` says whose value it is, so that a row copied to another does not open. */
  seal(plain: string, binding: string): SealedValue;
  /** @throws {SealedValueError} the key is unknown, the value was changed, or it belongs to another binding. */
  open(value: SealedValue, binding: string): string;
  /** Keyed hash of a normalised value, 32 bytes: equal values hash alike, the value cannot be read back. */
  hash(kind: string, normalised: string): Buffer;
  /** Blind search token, a signed 64-bit integer as decimal text. */
  searchToken(term: string): string;
}

export class SealedValueError extends Error {
  override readonly name = 'SealedValueError';
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param keys 32-byte keys by id; the first seals, all open. */
export function createKeyring(keys: ReadonlyMap<string, Buffer>, indexKey: Buffer): Keyring {
  const activeKeyId = keys.keys().next().value;
  if (activeKeyId === undefined) throw new SealedValueError('no contact-data key');
  for (const key of [...keys.values(), indexKey]) {
    if (key.length !== 32) throw new SealedValueError(`expected keys of 32 bytes, got ${key.length}`);
  }
  return {
    activeKeyId,
    seal(plain, binding) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keys.get(activeKeyId)!, nonce);
      cipher.setAAD(Buffer.from(binding));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return { keyId: activeKeyId, sealed: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
    },
    open({ keyId, sealed }, binding) {
      const key = keys.get(keyId);
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
    hash: (kind, normalised) => createHmac('sha256', indexKey).update(`${kind}\u0000${normalised}`).digest(),
    searchToken: (term) =>
      createHmac('sha256', indexKey).update(`search\u0000${term}`).digest().readBigInt64BE().toString(),
  };
}
