/** What of a proxy event's request context tells by which door a call came. */
export interface DoorFacts {
  readonly resourcePath: string;
  readonly identity: { readonly userArn: string | null };
}

/** The route that API Gateway opens only to callers whose IAM permission it has checked. */
const TRUSTED_ROUTE = '/trusted';

/**
 * Whom IAM let in at the trusted door, as an ARN; undefined for calls by other ways.
 */
export const trustedPrincipal = (context: DoorFacts): string | undefined =>
  isTrustedDoor(context) ? (context.identity.userArn ?? undefined) : undefined;

/**
 * Whether a call came through the trusted door, where user SYSTEM is accepted
 * without a password: in the cloud the IAM-signed route, locally the unix
 * socket. The gateway alone fills in both facts; it names a `userArn` only
 * where it has checked a signature.
 */
export function isTrustedDoor(context: DoorFacts): boolean {
  return context.resourcePath === TRUSTED_ROUTE && Boolean(context.identity.userArn);
}
