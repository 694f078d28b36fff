/** Bits of PR_MESSAGE_FLAGS (MS-OXCMSG 2.2.1.6). */
export const MSGFLAG_READ = 0x0001;
export const MSGFLAG_UNMODIFIED = 0x0002;
export const MSGFLAG_SUBMIT = 0x0004;
export const MSGFLAG_UNSENT = 0x0008;
export const MSGFLAG_HASATTACH = 0x0010;
export const MSGFLAG_FROMME = 0x0020;
export const MSGFLAG_ASSOCIATED = 0x0040;
export const MSGFLAG_RESEND = 0x0080;
export const MSGFLAG_RN_PENDING = 0x0100;
export const MSGFLAG_NRN_PENDING = 0x0200;
/** Kopano's own: soft-deleted. */
export const MSGFLAG_DELETED = 0x0400;

/** What a client may set when it saves a message. */
export const MSGFLAG_SETTABLE =
  MSGFLAG_UNMODIFIED |
  MSGFLAG_READ |
  MSGFLAG_UNSENT |
  MSGFLAG_FROMME |
  MSGFLAG_RESEND |
  MSGFLAG_RN_PENDING |
  MSGFLAG_NRN_PENDING;
/** What tells in which list of its folder a message is; never set by clients. */
export const MSGFLAG_LIST = MSGFLAG_DELETED | MSGFLAG_ASSOCIATED;
