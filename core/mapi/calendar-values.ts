/*
 * Values of the properties of calendar items (MS-OXOCAL 2.2) and tasks (MS-OXOTASK 2.2).
 */

export const CLASS_APPOINTMENT = 'IPM.Appointment';
export const CLASS_TASK = 'IPM.Task';
/** Beginning of the classes of all messages about meetings. */
export const CLASS_MEETING = 'IPM.Schedule.Meeting.';
export const CLASS_MEETING_REQUEST = 'IPM.Schedule.Meeting.Request';
export const CLASS_MEETING_CANCELED = 'IPM.Schedule.Meeting.Canceled';
export const CLASS_MEETING_RESPONSE = 'IPM.Schedule.Meeting.Resp.';
export const CLASS_RESPONSE_ACCEPTED = 'IPM.Schedule.Meeting.Resp.Pos';
export const CLASS_RESPONSE_TENTATIVE = 'IPM.Schedule.Meeting.Resp.Tent';
export const CLASS_RESPONSE_DECLINED = 'IPM.Schedule.Meeting.Resp.Neg';
/** Of the message within an appointment that is one of its exceptions. */
export const CLASS_EXCEPTION = 'IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}';

/** PidLidBusyStatus. */
export const BUSY_FREE = 0;
export const BUSY_TENTATIVE = 1;
export const BUSY_BUSY = 2;
export const BUSY_OUT_OF_OFFICE = 3;
export const BUSY_WORKING_ELSEWHERE = 4;
/** PidLidIntendedBusyStatus of an answer, which intends none (observed on 11.0.2). */
export const BUSY_NOT_INTENDED = 0xffffffff;

/** PidLidResponseStatus and PR_RECIPIENT_TRACKSTATUS. */
export const RESPONSE_NONE = 0;
export const RESPONSE_ORGANIZED = 1;
export const RESPONSE_TENTATIVE = 2;
export const RESPONSE_ACCEPTED = 3;
export const RESPONSE_DECLINED = 4;
export const RESPONSE_NOT_RESPONDED = 5;

/** PidLidAppointmentStateFlags. */
export const ASF_MEETING = 0x1;
export const ASF_RECEIVED = 0x2;
export const ASF_CANCELED = 0x4;

/** PR_RECIPIENT_FLAGS (MS-OXOCAL 2.2.4.10.1). */
export const RECIPIENT_SENDABLE = 0x1;
export const RECIPIENT_ORGANIZER = 0x2;

/** PidLidSideEffects (MS-OXCMSG 2.2.1.16). */
export const SIDE_OPEN_TO_DELETE = 0x0001;
export const SIDE_COERCE_TO_INBOX = 0x0010;
export const SIDE_OPEN_TO_COPY = 0x0020;
export const SIDE_OPEN_TO_MOVE = 0x0040;
export const SIDE_OPEN_FOR_CONTEXT_MENU = 0x0100;
export const SIDE_CANNOT_UNDO_DELETE = 0x0400;
export const SIDE_CANNOT_UNDO_COPY = 0x0800;
export const SIDE_CANNOT_UNDO_MOVE = 0x1000;

/** PR_ICON_INDEX. */
export const ICON_APPOINTMENT = 0x400;
export const ICON_RECURRING_APPOINTMENT = 0x401;
export const ICON_MEETING = 0x402;
export const ICON_MEETING_CANCELED = 0x408;
export const ICON_TASK = 0x500;

/** PidLidRecurrenceType. */
export const RECURRENCE_TYPE_DAILY = 1;
export const RECURRENCE_TYPE_WEEKLY = 2;
export const RECURRENCE_TYPE_MONTHLY = 3;
export const RECURRENCE_TYPE_YEARLY = 4;

/** PidLidTaskStatus. */
export const TASK_NOT_STARTED = 0;
export const TASK_IN_PROGRESS = 1;
export const TASK_COMPLETE = 2;
export const TASK_WAITING = 3;
export const TASK_DEFERRED = 4;

/** PR_OWNER_APPT_ID where there is none (observed on 11.0.2). */
export const NO_OWNER_APPOINTMENT_ID = 0xffffffff;

/** PidLidReminderDelta that means the default of 15 minutes (MS-OXORMDR 2.2.1.3). */
export const REMINDER_DELTA_DEFAULT = 0x5ae980e1;
export const DEFAULT_REMINDER_MINUTES = 15;
