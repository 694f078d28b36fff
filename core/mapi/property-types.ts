/** MAPI property types (MS-OXCDATA 2.11.1), the low 16 bits of a property tag. */
export const PT_UNSPECIFIED = 0x0000;
export const PT_NULL = 0x0001;
export const PT_SHORT = 0x0002;
export const PT_LONG = 0x0003;
export const PT_FLOAT = 0x0004;
export const PT_DOUBLE = 0x0005;
export const PT_CURRENCY = 0x0006;
export const PT_APPTIME = 0x0007;
export const PT_ERROR = 0x000a;
export const PT_BOOLEAN = 0x000b;
export const PT_OBJECT = 0x000d;
export const PT_LONGLONG = 0x0014;
export const PT_STRING8 = 0x001e;
export const PT_UNICODE = 0x001f;
export const PT_SYSTIME = 0x0040;
export const PT_CLSID = 0x0048;
export const PT_SRESTRICTION = 0x00fd;
export const PT_ACTIONS = 0x00fe;
export const PT_BINARY = 0x0102;

/** Multi-valued; or-ed to a single-valued type. */
export const MV_FLAG = 0x1000;
/** Asks a table for one row per value of a multi-valued property; or-ed with {@link MV_FLAG}. */
export const MV_INSTANCE = 0x2000;

export const PT_MV_SHORT = MV_FLAG | PT_SHORT;
export const PT_MV_LONG = MV_FLAG | PT_LONG;
export const PT_MV_FLOAT = MV_FLAG | PT_FLOAT;
export const PT_MV_DOUBLE = MV_FLAG | PT_DOUBLE;
export const PT_MV_CURRENCY = MV_FLAG | PT_CURRENCY;
export const PT_MV_APPTIME = MV_FLAG | PT_APPTIME;
export const PT_MV_LONGLONG = MV_FLAG | PT_LONGLONG;
export const PT_MV_STRING8 = MV_FLAG | PT_STRING8;
export const PT_MV_UNICODE = MV_FLAG | PT_UNICODE;
export const PT_MV_SYSTIME = MV_FLAG | PT_SYSTIME;
export const PT_MV_CLSID = MV_FLAG | PT_CLSID;
export const PT_MV_BINARY = MV_FLAG | PT_BINARY;
