/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. Knows no message of Postgres. */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const KEY_BYTES = 32;
/** "n,,": the client does not bind the channel. */
const HEADER = 'n,,';

export class ScramExchange {
  readonly #password: string;
  readonly #nonce: string;
  readonly #firstBare: string;
  #serverSignature: Buffer | null = null;

  /** @param user Postgres takes that of the start-up message, whatever stands here */
  constructor(password: string, user = '*', nonce: string = randomBytes(18).toString('base64')) {
    this.#password = password;
    this.#nonce = nonce;
    this.#firstBare = `n=${user},r=${nonce}`;
  }

  get first(): string {
    return HEADER + this.#firstBare;
  }

  /** @throws when the server does not answer to what `first` said. */
  async answer(serverFirst: string): Promise<string> {
    const nonce = readField(serverFirst, 'r');
    const iterations = Number(readField(serverFirst, 'i'));
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) throw new Error('SCRAM: not our nonce');
    if (!(iterations > 0)) throw new Error('SCRAM: no number of iterations');
    const salt = Buffer.from(readField(serverFirst, 's'), 'base64');
    const salted = await derive(this.#password, salt, iterations, KEY_BYTES, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const withoutProof = `c=${Buffer.from(HEADER).toString('base64')},r=${nonce}`;
    const exchanged = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, exchanged);
    const proof = clientKey.map((byte, index) => byte ^ signature[index]!);
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), exchanged);
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  /** @throws when the server does not know the password either. */
  verify(serverFinal: string): void {
    const signature = Buffer.from(readField(serverFinal, 'v'), 'base64');
    const expected = this.#serverSignature;
    if (expected === null || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw new Error('SCRAM: the server did not return the correct signature');
    }
  }
}

function readField(message: string, name: string): string {
  const field = message.split(',').find((part) => part.startsWith(`${name}=`));
  if (field === undefined) throw new Error(`SCRAM: no ${name} in the server's message`);
  return field.slice(2);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
