import type { OperationRow } from '../rows.ts';

/** Logging on and off. */
export const sessionOperations = {
  logon: {
    session: false,
    write: false,
    parameters: {
      szUsername: 'string?',
      szPassword: 'string?',
      szImpersonateUser: 'string?',
      szVersion: 'string?',
      ulCapabilities: 'unsignedInt',
      ulFlags: 'unsignedInt',
      sLicenseReq: 'base64Binary',
      ullSessionGroup: 'unsignedLong',
      szClientApp: 'string?',
      szClientAppVersion: 'string?',
      szClientAppMisc: 'string?',
    },
    answer: 'logonResponse',
  },
  ssoLogon: {
    session: false,
    write: false,
    parameters: {
      ulSessionId: 'unsignedLong',
      szUsername: 'string?',
      szImpersonateUser: 'string?',
      lpInput: 'base64Binary?',
      clientVersion: 'string?',
      clientCaps: 'unsignedInt',
      sLicenseReq: 'base64Binary',
      ullSessionGroup: 'unsignedLong',
      szClientApp: 'string?',
      szClientAppVersion: 'string?',
      szClientAppMisc: 'string?',
    },
    answer: 'ssoLogonResponse',
  },
  logoff: { session: true, write: false, parameters: { ulSessionId: 'unsignedLong' }, answer: 'result' },
} as const satisfies Record<string, OperationRow>;
