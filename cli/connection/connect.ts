import { readFile } from 'node:fs/promises';
import { SoapClient } from '../../core/soap/index.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { awsSigner, isAwsAddress, trustedUrl } from './aws-signature.ts';
import { KGC_LOGIN, SYSTEM } from './credentials.ts';
import type { ConnectionOptions } from './options.ts';
import { chosenProfile } from './profiles.ts';
import { KGC_SERVER, serverAddress } from './server-address.ts';

/** Which server is talked to, as whom, and how. */
export interface Endpoint {
  readonly server: URL;
  /** Who logs on. */
  readonly login: string;
  /** Calls are signed with AWS credentials, so that SYSTEM is let in. */
  readonly signed: boolean;
  readonly caFile: string | undefined;
  readonly headers?: (body: Buffer) => Promise<Readonly<Record<string, string>>>;
}

/** The server and the login that options, profile and environment mean; asks nobody. */
export function endpointOf(options: ConnectionOptions, { env }: Pick<Terminal, 'env'>): Endpoint {
  const profile = chosenProfile(options.profile, (options.server ?? env[KGC_SERVER] ?? '') !== '', env);
  // A profile that the command line names is stronger than the environment.
  const environment = options.profile === undefined ? (env[KGC_SERVER] ?? profile?.server) : profile?.server;
  const address = options.server ?? environment;
  const login = options.login ?? (options.profile === undefined ? env[KGC_LOGIN] : undefined) ?? profile?.login;
  const caFile = options.caFile ?? profile?.caFile;
  const common = { login: login ?? env[KGC_LOGIN] ?? SYSTEM, caFile };
  if (address === undefined || !isAwsAddress(address)) {
    if (options.awsRegion !== undefined || options.awsProfile !== undefined)
      throw new UsageError('Only servers with an address that begins with aws+https:// are called with a signature.');
    return { ...common, server: serverAddress(address, {}), signed: false };
  }
  const server = trustedUrl(address);
  const aws = {
    region: options.awsRegion ?? profile?.awsRegion,
    profile: options.awsProfile ?? profile?.awsProfile,
  };
  return { ...common, server, signed: true, headers: awsSigner(server, aws, env) };
}

/** A client of an endpoint; the time-out is in seconds. */
export async function clientOf({ server, caFile, headers }: Endpoint, timeout: number): Promise<SoapClient> {
  const ca = caFile === undefined ? undefined : await readCa(caFile);
  return new SoapClient(server, {
    timeoutMs: timeout * 1000,
    gzip: server.protocol !== 'file:',
    ...(ca !== undefined && { ca }),
    ...(headers && { headers }),
  });
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(`The certificate authority can't be read: ${(cause as Error).message}`, { cause });
  }
}
