import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Instance } from './instance.ts';

const KGC = fileURLToPath(new URL('../../cli/kgc.mjs', import.meta.url));

/** A demo user could not be created; the message says what `kgc` said. */
export class DemoUserError extends Error {
  override readonly name = 'DemoUserError';
}

export interface DemoUser {
  readonly name: string;
  readonly fullName: string;
  readonly address: string;
  readonly password: string;
}

/** The passwords are public; the demo is open to this machine only. */
export const DEMO_USERS: readonly DemoUser[] = [
  { name: 'anna', fullName: 'Anna Demo', address: 'anna@demo.local', password: 'anna-demo' },
  { name: 'ben', fullName: 'Ben Demo', address: 'ben@demo.local', password: 'ben-demo' },
];

/** Makes users on the instance; safe to repeat. */
export type CreateDemoUsers = (instance: Instance, users: readonly DemoUser[]) => Promise<void>;

/**
 * Makes the demo users on the first start, and answers them. What a first
 * start has left unfinished is finished by the next one.
 */
export async function ensureDemoUsers(
  instance: Instance,
  say: (line: string) => void,
  create: CreateDemoUsers = createDemoUsers,
): Promise<readonly DemoUser[]> {
  const { demoUsers } = instance.directory;
  if (existsSync(demoUsers)) return JSON.parse(readFileSync(demoUsers, 'utf8')) as DemoUser[];
  say('Creating two demo users …');
  await create(instance, DEMO_USERS);
  writeFileSync(demoUsers, `${JSON.stringify(DEMO_USERS, null, 2)}\n`, { mode: 0o600 });
  return DEMO_USERS;
}

/** Through the trusted door, as an operator does with `kgc user create`. */
async function createDemoUsers(instance: Instance, users: readonly DemoUser[]): Promise<void> {
  for (const user of users) await createUser(instance.endpoints.soap.socket, user);
}

function createUser(server: string, { name, fullName, address, password }: DemoUser): Promise<void> {
  const args = ['user', 'create', name, '--full-name', fullName, '--email', address];
  const command = [KGC, '--server', server, ...args, '--password-file', '-', '--if-missing', '--quiet'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { stdio: ['pipe', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new DemoUserError(`The demo user ${name} could not be created.\n${told.trimEnd()}`));
    });
    // It may end before it has read the password; its exit code says why.
    child.stdin.on('error', () => {});
    child.stdin.end(`${password}\n`);
  });
}
