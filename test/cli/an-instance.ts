import { Session } from '../../cli/connection/session.ts';
import { SoapClient } from '../../core/soap/index.ts';
import { type Instance, startInstance } from '../../local/instance/instance.ts';
import { EPHEMERAL } from '../../local/instance/options.ts';

/** A throw-away instance with the real functions; about 2 s. */
export async function anInstance(): Promise<Instance & AsyncDisposable> {
  const instance = await startInstance(EPHEMERAL, () => {});
  return { ...instance, [Symbol.asyncDispose]: () => instance.stop() };
}

/** A session of SYSTEM through the trusted door. */
export async function asSystem({ endpoints }: Instance): Promise<Session & AsyncDisposable> {
  return Session.open(new SoapClient(endpoints.soap.socket), { name: 'SYSTEM', password: '' });
}
