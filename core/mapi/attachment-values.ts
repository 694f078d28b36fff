/** Values of PR_ATTACH_METHOD (MS-OXCMSG 2.2.2.9). */
export const ATTACH_BY_VALUE = 1;
export const ATTACH_EMBEDDED_MSG = 5;
export const ATTACH_OLE = 6;

/** PR_ATTACH_FLAGS: the HTML body refers to the attachment (MS-OXCMSG 2.2.2.18). */
export const ATT_MHTML_REF = 0x4;

/** PR_ATTACHMENT_FLAGS of an attachment that the HTML body shows (observed on 11.0.2). */
export const ATTACHMENT_SHOWN_IN_BODY = 0x8;

/** PR_RENDERING_POSITION: not rendered in the body (MS-OXCMSG 2.2.2.16). */
export const RENDERING_POSITION_NONE = 0xffffffff;
/** PR_RENDERING_POSITION that mail from outside gets (observed on 11.0.2). */
export const RENDERING_POSITION_FIRST = 0;
