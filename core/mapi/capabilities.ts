/** Capability bits that client and server exchange at logon (values observed on 11.0.2). */
export const KOPANO_CAP_COMPRESSION = 0x0001;
export const KOPANO_CAP_MAILBOX_OWNER = 0x0002;
export const KOPANO_CAP_CRYPT = 0x0008;
export const KOPANO_CAP_LARGE_SESSIONID = 0x0010;
export const KOPANO_CAP_LICENSE_SERVER = 0x0020;
export const KOPANO_CAP_MULTI_SERVER = 0x0040;
export const KOPANO_CAP_LOADPROP_ENTRYID = 0x0080;
export const KOPANO_CAP_ENHANCED_ICS = 0x0100;
export const KOPANO_CAP_UNICODE = 0x0200;
export const KOPANO_CAP_MSGLOCK = 0x0400;
export const KOPANO_CAP_EXPORT_PROPTAG = 0x0800;
export const KOPANO_CAP_IMPERSONATION = 0x1000;
export const KOPANO_CAP_MAX_ABCHANGEID = 0x2000;
/** The client takes binary values in the property maps of principals. */
export const KOPANO_CAP_EXTENDED_ANON = 0x4000;
export const KOPANO_CAP_GIFN32 = 0x8000;

/** Flags of logon: a password even where the door is trusted. */
export const KOPANO_LOGON_NO_UID_AUTH = 0x0001;
/** Flags of logon: only check the credentials. */
export const KOPANO_LOGON_NO_REGISTER_SESSION = 0x0002;

/** What the server can, whoever asks. */
const OWN_CAPABILITIES =
  KOPANO_CAP_CRYPT |
  KOPANO_CAP_LICENSE_SERVER |
  KOPANO_CAP_LOADPROP_ENTRYID |
  KOPANO_CAP_EXPORT_PROPTAG |
  KOPANO_CAP_IMPERSONATION |
  KOPANO_CAP_GIFN32;

/** What the server does if the client can too. */
const SHARED_CAPABILITIES = KOPANO_CAP_MULTI_SERVER | KOPANO_CAP_ENHANCED_ICS | KOPANO_CAP_UNICODE | KOPANO_CAP_MSGLOCK;

/**
 * What the server answers to the client's capabilities (observed on 11.0.2:
 * 59219 → 40936).
 *
 * @param remote compression is only worth its time over a network
 */
export const agreedCapabilities = (client: number, remote: boolean): number =>
  OWN_CAPABILITIES | (client & (SHARED_CAPABILITIES | (remote ? KOPANO_CAP_COMPRESSION : 0)));
