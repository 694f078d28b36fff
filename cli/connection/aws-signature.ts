import type { SignatureV4 } from '@smithy/signature-v4';
import { CommandError, UsageError } from '../errors.ts';
import type { Environment } from './config-folder.ts';

/** Addresses of the trusted door in the cloud begin so; `aws+http:` is for the local gateway. */
const SCHEME = /^aws\+(?=https?:\/\/)/;

/** The route that IAM guards, below the server's URL. */
const TRUSTED_ROUTE = 'trusted';

/** The service for which calls of an API are signed. */
const SERVICE = 'execute-api';

export const isAwsAddress = (address: string): boolean => SCHEME.test(address);

/** The URL of the trusted route of an address such as `aws+https://mail.example.org/kopano`. */
export function trustedUrl(address: string): URL {
  const plain = address.replace(SCHEME, '');
  if (!URL.canParse(plain))
    throw new UsageError(`'${address}' is no address of a server.`, { hint: 'aws+https://mail.example.org/kopano' });
  const url = new URL(plain);
  if (!url.pathname.endsWith(`/${TRUSTED_ROUTE}`))
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${TRUSTED_ROUTE}`;
  return url;
}

export interface AwsSettings {
  readonly region?: string | undefined;
  /** Profile of the AWS configuration; without, what the environment says. */
  readonly profile?: string | undefined;
}

/** Makes the headers that sign a body, with the credentials that the AWS tools would take. */
export function awsSigner(
  url: URL,
  settings: AwsSettings,
  env: Environment,
): (body: Buffer) => Promise<Readonly<Record<string, string>>> {
  const region = regionOf(url, settings, env);
  let signer: Promise<SignatureV4> | undefined;
  return async (body) => {
    signer ??= signerOf(region, settings, env);
    const request = { method: 'POST', protocol: url.protocol, hostname: url.hostname, path: url.pathname, query: {} };
    const { headers } = await (await signer)
      .sign({ ...request, headers: { host: url.host }, body })
      .catch((cause: unknown) => {
        throw new CommandError(`There are no AWS credentials to sign with: ${(cause as Error).message}`, {
          hint: 'aws sso login, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
          cause,
        });
      });
    return headers;
  };
}

/** The SDK's part is large, and most calls do without. */
async function signerOf(region: string, settings: AwsSettings, env: Environment): Promise<SignatureV4> {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
  ]);
  return new SignatureV4({
    service: SERVICE,
    region,
    credentials: await credentialsOf(settings, env),
    sha256: Sha256,
  });
}

/** What is told, what the name of the server tells, or the region of the environment. */
function regionOf(url: URL, { region }: AwsSettings, env: Environment): string {
  const named = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(url.hostname)?.[1];
  const found = region ?? named ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (found) return found;
  throw new UsageError('The AWS region of the server is not known.', {
    hint: '--aws-region eu-central-1, or set AWS_REGION',
  });
}

/** Keys in the environment, or what the SDK finds: configuration files, SSO, a container, an instance. */
async function credentialsOf({ profile }: AwsSettings, env: Environment) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (profile === undefined && AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY)
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider(profile === undefined ? {} : { profile });
}
