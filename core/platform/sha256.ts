import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from 'node:crypto';

type SourceData = string | ArrayBuffer | ArrayBufferView;

/** Secrets that are texts: a client's own and what the keys of a day are derived from. */
const MOST_TEXTS = 16;
const texts = new Map<string, KeyObject>();
/** Secrets that are bytes: the key of a day, which the signer keeps as long as it uses it. */
const bytes = new WeakMap<object, KeyObject>();

/** The key object of a secret, made once. */
function keyOf(secret: SourceData): KeyObject {
  const isText = typeof secret === 'string';
  const known = isText ? texts.get(secret) : bytes.get(secret);
  if (known) return known;
  const key = createSecretKey(
    isText
      ? Buffer.from(secret)
      : ArrayBuffer.isView(secret)
        ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
        : Buffer.from(secret),
  );
  if (!isText) bytes.set(secret, key);
  else {
    if (texts.size >= MOST_TEXTS) texts.clear();
    texts.set(secret, key);
  }
  return key;
}

/**
 * SHA-256, or with a secret HMAC-SHA-256, for the SDK's signer. Node takes four
 * times as long for an HMAC whose key comes as bytes as for one whose key is an
 * object; the signer needs two for each request, with the same keys all day.
 * Bytes that serve as a secret must not change afterwards.
 */
export class Sha256 {
  readonly digestLength = 32;
  readonly #begin: () => Hash | Hmac;
  #state: Hash | Hmac;

  constructor(secret?: SourceData) {
    this.#begin = secret === undefined ? () => createHash('sha256') : () => createHmac('sha256', keyOf(secret));
    this.#state = this.#begin();
  }

  update(chunk: SourceData): void {
    this.#state.update(
      typeof chunk === 'string' || ArrayBuffer.isView(chunk) ? (chunk as string | Uint8Array) : Buffer.from(chunk),
    );
  }

  async digest(): Promise<Uint8Array> {
    return this.#state.digest();
  }

  reset(): void {
    this.#state = this.#begin();
  }
}
