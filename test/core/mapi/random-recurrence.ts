import fc from 'fast-check';
import * as recurrence from '../../../core/mapi/recurrence.ts';

/** A daily recurrence, with what a test says otherwise. */
export const aRecurrence = (
  different: Partial<recurrence.AppointmentRecurrence>,
): recurrence.AppointmentRecurrence => ({
  recurFrequency: recurrence.RECUR_DAILY,
  patternType: recurrence.PATTERN_DAY,
  calendarType: 0,
  firstDateTime: 0,
  period: 1440,
  slidingFlag: 0,
  endType: recurrence.END_NEVER,
  occurrenceCount: recurrence.DEFAULT_OCCURRENCE_COUNT,
  firstDayOfWeek: 0,
  deletedInstanceDates: [],
  modifiedInstanceDates: [],
  startDate: 1440,
  endDate: recurrence.NEVER_ENDING_DATE,
  startTimeOffset: 600,
  endTimeOffset: 660,
  exceptions: [],
  readerVersion2: recurrence.READER_VERSION_2,
  writerVersion2: recurrence.WRITER_VERSION_2,
  ...different,
});

const long = fc.nat(0xffffffff);
const text = fc.string({ unit: 'grapheme', maxLength: 20 });

const exceptions = fc
  .record(
    {
      startDateTime: long,
      endDateTime: long,
      originalStartDate: long,
      subject: text,
      meetingType: long,
      reminderDelta: long,
      reminderSet: long,
      location: text,
      busyStatus: long,
      attachment: long,
      subType: long,
      appointmentColor: long,
      exceptionalBody: fc.constant<true>(true),
      changeHighlight: fc.integer({ min: 1, max: 0xffffffff }),
    },
    { requiredKeys: ['startDateTime', 'endDateTime', 'originalStartDate'] },
  )
  .map((exception): recurrence.ExceptionInfo => exception);

const specific = fc.oneof(
  fc.constant({ patternType: recurrence.PATTERN_DAY }),
  fc.record({ patternType: fc.constant(recurrence.PATTERN_WEEK), weekDays: fc.nat(127) }),
  fc.record({
    patternType: fc.constantFrom(recurrence.PATTERN_MONTH, recurrence.PATTERN_MONTH_END, recurrence.PATTERN_HJ_MONTH),
    dayOfMonth: fc.integer({ min: 1, max: 31 }),
  }),
  fc.record({
    patternType: fc.constantFrom(recurrence.PATTERN_MONTH_NTH, recurrence.PATTERN_HJ_MONTH_NTH),
    weekDays: fc.nat(127),
    nth: fc.integer({ min: 1, max: 5 }),
  }),
);

/** Recurrences of every form; their dates mean nothing. */
export const recurrences: fc.Arbitrary<recurrence.AppointmentRecurrence> = fc
  .tuple(
    specific,
    fc.record({
      recurFrequency: fc.integer({ min: recurrence.RECUR_DAILY, max: recurrence.RECUR_YEARLY }),
      calendarType: fc.nat(20),
      firstDateTime: long,
      period: long,
      slidingFlag: fc.nat(1),
      endType: fc.constantFrom(recurrence.END_BY_DATE, recurrence.END_AFTER_COUNT, recurrence.END_NEVER),
      occurrenceCount: long,
      firstDayOfWeek: fc.nat(6),
      deletedInstanceDates: fc.array(long, { maxLength: 5 }),
      startDate: long,
      endDate: long,
      startTimeOffset: long,
      endTimeOffset: long,
      readerVersion2: fc.constant(recurrence.READER_VERSION_2),
    }),
    fc.array(exceptions, { maxLength: 4 }),
    fc.constantFrom(0x3008, 0x3009),
  )
  .map(([pattern, rest, modified, writerVersion2]) => ({
    ...pattern,
    ...rest,
    writerVersion2,
    modifiedInstanceDates: modified.map(({ startDateTime }) => startDateTime),
    exceptions: modified.map(({ changeHighlight, ...exception }) => ({
      ...exception,
      ...(writerVersion2 >= 0x3009 && changeHighlight !== undefined && { changeHighlight }),
    })),
  }));
