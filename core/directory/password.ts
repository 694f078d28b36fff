import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/*
 * Stored passwords: `scrypt$1$<N>$<r>$<p>$<salt>$<hash>`, salt and hash in
 * base64. The number after the name is the version of this form.
 */
const NAME = 'scrypt';
const VERSION = '1';
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Cost of new hashes (OWASP's choice for 16 MiB a check: functions are small and several logons may run at once). */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;
/** A stored hash can't ask for more than this, whoever wrote it. */
const MAX_MEMORY = 256 * 1024 * 1024;

type Cost = Readonly<Record<'N' | 'r' | 'p', number>>;
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

const hashOf = (password: string, salt: Buffer, bytes: number, cost: Cost): Promise<Buffer> =>
  derive(password.normalize('NFC'), salt, bytes, { ...cost, maxmem: MAX_MEMORY });

/** The form in which a password is stored. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return printed(COST, salt, await hashOf(password, salt, HASH_BYTES, COST));
}

/** What a check of a password found. */
export interface PasswordCheck {
  readonly matches: boolean;
  /** The password matches, but was stored at another cost than today's: store it again. */
  readonly outdated: boolean;
}

/**
 * Checks a password in a time that doesn't depend on it. Without a stored one
 * (unknown user, user without password) it never matches, after the same time.
 */
export async function checkPassword(password: string, stored: string | null | undefined): Promise<PasswordCheck> {
  const parsed = parse(stored ?? NOBODY);
  const found = await hashOf(password, parsed.salt, parsed.hash.length, parsed.cost);
  const matches = timingSafeEqual(found, parsed.hash) && typeof stored === 'string';
  const { N, r, p } = parsed.cost;
  return { matches, outdated: matches && (N !== COST.N || r !== COST.r || p !== COST.p) };
}

function parse(stored: string): { cost: Cost; salt: Buffer; hash: Buffer } {
  const [name, version, N, r, p, salt, hash] = stored.split('$');
  if (name !== NAME || version !== VERSION || !salt || !hash) throw new Error('a stored password has an unknown form');
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

/** Nobody's password: what it would have to hash to is chosen by chance, so nothing does. */
const NOBODY = printed(COST, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));

function printed(cost: Cost, salt: Buffer, hash: Buffer): string {
  return [NAME, VERSION, cost.N, cost.r, cost.p, salt.toString('base64'), hash.toString('base64')].join('$');
}
