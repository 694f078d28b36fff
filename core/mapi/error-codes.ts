/** Result codes of the wire (`er`), as the genuine clients know them: bit 31 marks an error. */
export const KCERR_NONE = 0;
/** unknown error */
export const KCERR_UNKNOWN = 0x80000001;
/** the object does not exist */
export const KCERR_NOT_FOUND = 0x80000002;
/** rights are missing */
export const KCERR_NO_ACCESS = 0x80000003;
/** the network failed */
export const KCERR_NETWORK_ERROR = 0x80000004;
/** the server does not respond */
export const KCERR_SERVER_NOT_RESPONDING = 0x80000005;
/** wrong kind of object or value */
export const KCERR_INVALID_TYPE = 0x80000006;
/** the database failed */
export const KCERR_DATABASE_ERROR = 0x80000007;
/** the name or object exists already */
export const KCERR_COLLISION = 0x80000008;
/** name or password is wrong */
export const KCERR_LOGON_FAILED = 0x80000009;
/** the folder has messages */
export const KCERR_HAS_MESSAGES = 0x8000000a;
/** the folder has subfolders */
export const KCERR_HAS_FOLDERS = 0x8000000b;
/** the message has recipients */
export const KCERR_HAS_RECIPIENTS = 0x8000000c;
/** the message has attachments */
export const KCERR_HAS_ATTACHMENTS = 0x8000000d;
/** out of memory */
export const KCERR_NOT_ENOUGH_MEMORY = 0x8000000e;
/** too deeply nested or too many conditions */
export const KCERR_TOO_COMPLEX = 0x8000000f;
/** the session has ended; clients log on again */
export const KCERR_END_OF_SESSION = 0x80000010;
/** the submission cannot be cancelled any more */
export const KCERR_UNABLE_TO_ABORT = 0x80000012;
/** the message is not in the outgoing queue */
export const KCERR_NOT_IN_QUEUE = 0x80000013;
/** a parameter is wrong */
export const KCERR_INVALID_PARAMETER = 0x80000014;
/** the entry id is malformed */
export const KCERR_INVALID_ENTRYID = 0x80000016;
/** a value is out of range */
export const KCERR_BAD_VALUE = 0x80000017;
/** not supported here */
export const KCERR_NO_SUPPORT = 0x80000018;
/** the value is too big */
export const KCERR_TOO_BIG = 0x80000019;
/** a folder cannot move into itself */
export const KCERR_FOLDER_CYCLE = 0x8000001b;
/** the store is over its hard quota */
export const KCERR_STORE_FULL = 0x8000001c;
/** the user directory failed */
export const KCERR_PLUGIN_ERROR = 0x8000001d;
/** unknown object */
export const KCERR_UNKNOWN_OBJECT = 0x8000001e;
/** the operation is not implemented */
export const KCERR_NOT_IMPLEMENTED = 0x8000001f;
/** the database does not exist */
export const KCERR_DATABASE_NOT_FOUND = 0x80000020;
/** the client version is not supported */
export const KCERR_INVALID_VERSION = 0x80000021;
/** unknown database */
export const KCERR_UNKNOWN_DATABASE = 0x80000022;
/** not initialised */
export const KCERR_NOT_INITIALIZED = 0x80000023;
/** the call failed */
export const KCERR_CALL_FAILED = 0x80000024;
/** single sign-on needs another round */
export const KCERR_SSO_CONTINUE = 0x80000025;
/** time ran out */
export const KCERR_TIMEOUT = 0x80000026;
/** the bookmark does not exist */
export const KCERR_INVALID_BOOKMARK = 0x80000027;
/** could not be completed here; ask another server */
export const KCERR_UNABLE_TO_COMPLETE = 0x80000028;
/** the single-instance id is unknown; send the data */
export const KCERR_UNKNOWN_INSTANCE_ID = 0x80000029;
/** to be ignored */
export const KCERR_IGNORE_ME = 0x8000002a;
/** busy; try again */
export const KCERR_BUSY = 0x8000002b;
/** the object was deleted */
export const KCERR_OBJECT_DELETED = 0x8000002c;
/** cancelled by the user */
export const KCERR_USER_CANCEL = 0x8000002d;
/** flags are unknown */
export const KCERR_UNKNOWN_FLAGS = 0x8000002e;
/** the message was submitted already */
export const KCERR_SUBMITTED = 0x8000002f;
/** not configured */
export const KCERR_UNCONFIGURED = 0x80000030;
/** only Unicode clients are served */
export const KCERR_BAD_CHARWIDTH = 0x80000031;
/** a bookmark's row is at another place now; not an error, though it looks like one (observed on 11.0.2) */
export const KCWARN_POSITION_CHANGED = 0x8000001a;
/** some objects could not be treated; a warning that the wire marks like an error */
export const KCWARN_PARTIAL_COMPLETION = 0x80000015;
