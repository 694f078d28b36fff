import { Session } from '../../cli/connection/session.ts';
import { SoapClient } from '../../core/soap/index.ts';
import { type Instance, startInstance } from '../../local/instance/instance.ts';
import { EPHEMERAL } from '../../local/instance/options.ts';
import { kgc, type Outcome } from './a-terminal.ts';

/** A throw-away instance with the real functions; about 2 s. */
export async function anInstance({ hosted = false } = {}): Promise<Instance & AsyncDisposable> {
  const instance = await startInstance({ ...EPHEMERAL, hosted }, () => {});
  return { ...instance, [Symbol.asyncDispose]: () => instance.stop() };
}

/** `kgc` of an administrator at the trusted door of an instance. */
export function kgcOf({ endpoints }: Instance) {
  const env = { KGC_SERVER: endpoints.soap.socket };
  const run = (args: readonly string[], input = ''): Promise<Outcome> => kgc(args, { env, input });
  return {
    run,
    /** What it answers for machines; throws what it says if it fails. */
    // biome-ignore lint/suspicious/noExplicitAny: the shapes are what the tests are about.
    async json(...args: readonly string[]): Promise<any> {
      const { code, out, err } = await run([...args, '--json']);
      if (code !== 0) throw new Error(`kgc ${args.join(' ')}: ${err}`);
      return JSON.parse(out);
    },
    /** Makes a user without password. */
    async user(name: string, ...more: readonly string[]): Promise<void> {
      const email = name.includes('@') ? `${name}.example` : `${name}@demo.local`;
      const { code, err } = await run(['user', 'create', name, '--email', email, '--without-password', ...more]);
      if (code !== 0) throw new Error(err);
    },
  };
}

export type Kgc = ReturnType<typeof kgcOf>;

/** A session of SYSTEM through the trusted door. */
export async function asSystem({ endpoints }: Instance): Promise<Session & AsyncDisposable> {
  return Session.open(new SoapClient(endpoints.soap.socket), { name: 'SYSTEM', password: '' });
}
