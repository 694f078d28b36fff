/**
 * Blowfish in CBC mode with PKCS #7 padding (Schneier 1993). The licence
 * exchange of the wire is enciphered with it, under a key that every client
 * has: it hides nothing, and nothing else here may use it. Node's own is gone
 * with OpenSSL 3.
 */
const ROUNDS = 16;
const P_WORDS = ROUNDS + 2;
const BOXES = 4;
const BOX_WORDS = 256;
const WORD_BITS = 32;
const BYTE_BITS = 8;
const BYTE_MASK = 0xff;
export const BLOCK_BYTES = 8;

/** Subkeys and substitution boxes of a key. */
export interface BlowfishKey {
  readonly p: Uint32Array;
  readonly s: readonly Uint32Array[];
}

/** What the tables begin with: the fraction of π, word by word. */
let digits: Uint32Array | undefined;

function fractionOfPi(): Uint32Array {
  if (digits) return digits;
  const words = P_WORDS + BOXES * BOX_WORDS;
  const guardBits = 64;
  const bits = BigInt(words * WORD_BITS + guardBits);
  // Machin's formula in fixed-point numbers.
  const pi = 16n * inverseTangent(5n, bits) - 4n * inverseTangent(239n, bits);
  const fraction = BigInt.asUintN(words * WORD_BITS, pi >> BigInt(guardBits));
  const hex = fraction.toString(16).padStart((words * WORD_BITS) / 4, '0');
  digits = Uint32Array.from({ length: words }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16));
  return digits;
}

/** arctan(1/x) as a fixed-point number. */
function inverseTangent(x: bigint, bits: bigint): bigint {
  const square = x * x;
  let power = (1n << bits) / x;
  let sum = power;
  for (let n = 3n; power !== 0n; n += 2n) {
    power /= -square;
    sum += power / n;
  }
  return sum;
}

/** Prepares a key of 4 to 56 bytes. */
export function blowfishKey(key: Uint8Array): BlowfishKey {
  const pi = fractionOfPi();
  const p = pi.slice(0, P_WORDS);
  const s = Array.from({ length: BOXES }, (_, box) =>
    pi.slice(P_WORDS + box * BOX_WORDS, P_WORDS + (box + 1) * BOX_WORDS),
  );
  for (let i = 0, at = 0; i < P_WORDS; i++) {
    let word = 0;
    for (let byte = 0; byte < WORD_BITS / BYTE_BITS; byte++, at++) word = (word << BYTE_BITS) | key[at % key.length]!;
    p[i] = p[i]! ^ word;
  }
  const prepared = { p, s };
  const block = new Uint32Array(2);
  for (const table of [p, ...s])
    for (let i = 0; i < table.length; i += 2) {
      encipher(prepared, block);
      table.set(block, i);
    }
  return prepared;
}

function scramble({ s }: BlowfishKey, x: number): number {
  const [a, b, c, d] = s as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const sum = (a[x >>> 24]! + b[(x >>> 16) & BYTE_MASK]!) >>> 0;
  return ((sum ^ c[(x >>> 8) & BYTE_MASK]!) + d[x & BYTE_MASK]!) >>> 0;
}

function encipher(key: BlowfishKey, block: Uint32Array): void {
  let [left, right] = block as unknown as [number, number];
  for (let i = 0; i < ROUNDS; i++) {
    left = (left ^ key.p[i]!) >>> 0;
    right = (right ^ scramble(key, left)) >>> 0;
    [left, right] = [right, left];
  }
  block[0] = right ^ key.p[ROUNDS + 1]!;
  block[1] = left ^ key.p[ROUNDS]!;
}

function decipher(key: BlowfishKey, block: Uint32Array): void {
  let [left, right] = block as unknown as [number, number];
  for (let i = ROUNDS + 1; i > 1; i--) {
    left = (left ^ key.p[i]!) >>> 0;
    right = (right ^ scramble(key, left)) >>> 0;
    [left, right] = [right, left];
  }
  block[0] = right ^ key.p[0]!;
  block[1] = left ^ key.p[1]!;
}

/** Enciphers bytes; the answer is up to a block longer. */
export function encryptCbc(key: BlowfishKey, iv: Buffer, plain: Buffer): Buffer {
  const padding = BLOCK_BYTES - (plain.length % BLOCK_BYTES);
  const bytes = Buffer.concat([plain, Buffer.alloc(padding, padding)]);
  const block = Uint32Array.of(iv.readUInt32BE(0), iv.readUInt32BE(4));
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    block[0] = block[0]! ^ bytes.readUInt32BE(at);
    block[1] = block[1]! ^ bytes.readUInt32BE(at + 4);
    encipher(key, block);
    bytes.writeUInt32BE(block[0], at);
    bytes.writeUInt32BE(block[1], at + 4);
  }
  return bytes;
}

/** Deciphers bytes; undefined for what {@link encryptCbc} can't have made. */
export function decryptCbc(key: BlowfishKey, iv: Buffer, cipher: Buffer): Buffer | undefined {
  if (cipher.length === 0 || cipher.length % BLOCK_BYTES !== 0) return undefined;
  const plain = Buffer.alloc(cipher.length);
  const block = new Uint32Array(2);
  let before = iv;
  for (let at = 0; at < cipher.length; at += BLOCK_BYTES) {
    block[0] = cipher.readUInt32BE(at);
    block[1] = cipher.readUInt32BE(at + 4);
    decipher(key, block);
    plain.writeUInt32BE((block[0] ^ before.readUInt32BE(0)) >>> 0, at);
    plain.writeUInt32BE((block[1] ^ before.readUInt32BE(4)) >>> 0, at + 4);
    before = cipher.subarray(at, at + BLOCK_BYTES);
  }
  const padding = plain.at(-1)!;
  const padded = padding >= 1 && padding <= BLOCK_BYTES && plain.subarray(-padding).every((byte) => byte === padding);
  return padded ? plain.subarray(0, -padding) : undefined;
}
