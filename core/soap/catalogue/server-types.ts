import type { TypeRow } from './rows.ts';

/** Sessions and the server itself. */
export const serverTypes = {
  logonResponse: {
    struct: {
      er: 'unsignedInt',
      ulSessionId: 'unsignedLong',
      lpszVersion: 'string?',
      ulCapabilities: 'unsignedInt',
      sLicenseResponse: 'base64Binary',
      sServerGuid: 'base64Binary',
    },
  },
  ssoLogonResponse: {
    struct: {
      er: 'unsignedInt',
      ulSessionId: 'unsignedLong',
      lpszVersion: 'string?',
      ulCapabilities: 'unsignedInt',
      lpOutput: 'base64Binary?',
      sLicenseResponse: 'base64Binary',
      sServerGuid: 'base64Binary',
    },
  },
  getLicenseAuthResponse: { struct: { sAuthResponse: 'base64Binary', er: 'unsignedInt' } },
  resolvePseudoUrlResponse: { struct: { lpszServerPath: 'string?', bIsPeer: 'boolean', er: 'unsignedInt' } },
  server: {
    struct: {
      lpszName: 'string?',
      lpszFilePath: 'string?',
      lpszHttpPath: 'string?',
      lpszSslPath: 'string?',
      lpszPreferedPath: 'string?',
      ulFlags: 'unsignedInt',
    },
  },
  serverList: { list: 'server' },
  getServerDetailsResponse: { struct: { sServerList: 'serverList', er: 'unsignedInt' } },
  purgeDeferredUpdatesResponse: { struct: { ulDeferredRemaining: 'unsignedInt', er: 'unsignedInt' } },
  userClientUpdateStatusResponse: {
    struct: {
      ulTrackId: 'unsignedInt',
      tUpdatetime: 'dateTime',
      lpszCurrentversion: 'string?',
      lpszLatestversion: 'string?',
      lpszComputername: 'string?',
      ulStatus: 'unsignedInt',
      er: 'unsignedInt',
    },
  },
  testPerformArgs: { list: 'string' },
  testGetResponse: { struct: { szValue: 'string?', er: 'unsignedInt' } },
  attachment: { struct: { lpszAttachmentName: 'string?', sData: 'xopBinary' } },
  attachmentArray: { list: 'attachment' },
  clientUpdateResponse: {
    struct: {
      ulLogLevel: 'unsignedInt',
      lpszServerPath: 'string?',
      sLicenseResponse: 'base64Binary',
      sStreamData: 'xopBinary',
      er: 'unsignedInt',
    },
  },
  clientUpdateInfoRequest: {
    struct: {
      ulTrackId: 'unsignedInt',
      szUsername: 'string?',
      szClientIPList: 'string?',
      szClientVersion: 'string?',
      szWindowsVersion: 'string?',
      szComputerName: 'string?',
      sLicenseReq: 'base64Binary',
    },
  },
  clientUpdateStatusRequest: {
    struct: {
      ulTrackId: 'unsignedInt',
      ulLastErrorCode: 'unsignedInt',
      ulLastErrorAction: 'unsignedInt',
      sFiles: 'attachmentArray',
    },
  },
  clientUpdateStatusResponse: { struct: { er: 'unsignedInt' } },
} as const satisfies Record<string, TypeRow>;
