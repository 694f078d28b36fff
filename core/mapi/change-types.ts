/** Kinds of changes of incremental synchronisation, as on the wire (observed on 11.0.2). */
export const ICS_NEW = 0x0001;
export const ICS_CHANGE = 0x0002;
export const ICS_FLAG = 0x0003;
export const ICS_SOFT_DELETE = 0x0004;
export const ICS_HARD_DELETE = 0x0005;
export const ICS_ACTION_MASK = 0x000f;
export const ICS_MESSAGE = 0x1000;
export const ICS_FOLDER = 0x2000;
export const ICS_AB = 0x4000;

export const ICS_MESSAGE_NEW = ICS_MESSAGE | ICS_NEW;
export const ICS_MESSAGE_CHANGE = ICS_MESSAGE | ICS_CHANGE;
export const ICS_MESSAGE_FLAG = ICS_MESSAGE | ICS_FLAG;
export const ICS_MESSAGE_SOFT_DELETE = ICS_MESSAGE | ICS_SOFT_DELETE;
export const ICS_MESSAGE_HARD_DELETE = ICS_MESSAGE | ICS_HARD_DELETE;
export const ICS_FOLDER_NEW = ICS_FOLDER | ICS_NEW;
export const ICS_FOLDER_CHANGE = ICS_FOLDER | ICS_CHANGE;
export const ICS_FOLDER_SOFT_DELETE = ICS_FOLDER | ICS_SOFT_DELETE;
export const ICS_FOLDER_HARD_DELETE = ICS_FOLDER | ICS_HARD_DELETE;
export const ICS_AB_NEW = ICS_AB | ICS_NEW;
export const ICS_AB_CHANGE = ICS_AB | ICS_CHANGE;
export const ICS_AB_DELETE = ICS_AB | ICS_HARD_DELETE;

/** What a client synchronises. */
export const ICS_SYNC_CONTENTS = 1;
export const ICS_SYNC_HIERARCHY = 2;
export const ICS_SYNC_AB = 3;

/** Events of notifications (MS-OXCNOTIF 2.2.1.1; mapidefs of the clients). */
export const fnevNewMail = 0x00000002;
export const fnevObjectCreated = 0x00000004;
export const fnevObjectDeleted = 0x00000008;
export const fnevObjectModified = 0x00000010;
export const fnevObjectMoved = 0x00000020;
export const fnevObjectCopied = 0x00000040;
export const fnevSearchComplete = 0x00000080;
export const fnevTableModified = 0x00000100;
export const fnevExtended = 0x80000000;
/** Kopano's own: a change that an incremental sync would find. */
export const fnevKopanoIcsChange = 0x80000001;
/** Kopano's own masks: only messages, only folders, no mere counter changes. */
export const fnevObjTypeMessage = 0x00010000;
export const fnevObjTypeFolder = 0x00020000;
export const fnevIgnoreCounters = 0x00040000;
