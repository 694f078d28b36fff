/*
 * Calendars in the shapes that the usual programs write. All made up here: no text of anybody's.
 */

/** One calendar of the corpus. */
export interface CorpusCalendar {
  readonly name: string;
  readonly text: string;
}

const BERLIN = `BEGIN:VTIMEZONE
TZID:Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE`;

const OUTLOOK_ZONE = `BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE`;

/** Two rules of different years, as the United States had them. */
const NEW_YORK = `BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
TZOFFSETFROM:-0500
RRULE:FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU
DTSTART:19870405T020000
TZNAME:EDT
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:-0400
RRULE:FREQ=YEARLY;UNTIL=20061029T060000Z;BYMONTH=10;BYDAY=-1SU
DTSTART:19671029T020000
TZNAME:EST
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
TZOFFSETFROM:-0500
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
DTSTART:20070311T020000
TZNAME:EDT
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:-0400
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
DTSTART:20071104T020000
TZNAME:EST
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE`;

const KOLKATA = `BEGIN:VTIMEZONE
TZID:India Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
END:STANDARD
END:VTIMEZONE`;

/** Transitions of one year by their dates. */
const ZIMBRA = `BEGIN:VTIMEZONE
TZID:"Europe/Paris"
BEGIN:STANDARD
DTSTART:20261025T030000
TZOFFSETTO:+0100
TZOFFSETFROM:+0200
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20260329T020000
TZOFFSETTO:+0200
TZOFFSETFROM:+0100
END:DAYLIGHT
END:VTIMEZONE`;

const calendar = (method: string | undefined, ...parts: readonly string[]): string =>
  `${[
    'BEGIN:VCALENDAR',
    'PRODID:-//Example//Calendar 1.0//EN',
    'VERSION:2.0',
    ...(method === undefined ? [] : [`METHOD:${method}`]),
    ...parts,
    'END:VCALENDAR',
  ]
    .join('\n')
    .replaceAll('\n', '\r\n')}\r\n`;

const PEOPLE = `ORGANIZER;CN=Anna Organiser:mailto:anna@example.org
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ben Required:mailto:ben@example.org
ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATIVE;CN="Carla, Optional":MAILTO:carla@example.net
ATTENDEE;CUTYPE=ROOM;ROLE=NON-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Room 1:mailto:room1@example.org
ATTENDEE;PARTSTAT=DECLINED:mailto:dora@example.net`;

const event = (...lines: readonly string[]): string =>
  ['BEGIN:VEVENT', 'UID:corpus@example.org', 'DTSTAMP:20261101T120000Z', ...lines, 'END:VEVENT'].join('\n');

const ALARM = 'BEGIN:VALARM\nTRIGGER:-PT15M\nACTION:DISPLAY\nDESCRIPTION:Reminder\nEND:VALARM';

const START = 'DTSTART;TZID=Europe/Berlin:20261124T100000';
const END = 'DTEND;TZID=Europe/Berlin:20261124T113000';

const single: CorpusCalendar[] = [
  ['utc', calendar('REQUEST', event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'SUMMARY:In UTC', PEOPLE))],
  ['olson zone', calendar('REQUEST', BERLIN, event(START, END, 'SUMMARY:Berlin', PEOPLE, 'SEQUENCE:2', ALARM))],
  [
    'windows zone',
    calendar(
      'REQUEST',
      OUTLOOK_ZONE,
      event(
        'DTSTART;TZID=W. Europe Standard Time:20260701T090000',
        'DTEND;TZID=W. Europe Standard Time:20260701T100000',
        'SUMMARY;LANGUAGE=de-DE:Besprechung über Zahlen',
        'LOCATION;LANGUAGE=de-DE:Büro\\, 2. Stock',
        'DESCRIPTION;LANGUAGE=de-DE:Erste Zeile\\nZweite Zeile; mit Strichpunkt\\, Komma und \\\\ .\\n',
        PEOPLE,
        'CLASS:PUBLIC',
        'PRIORITY:5',
        'TRANSP:OPAQUE',
        'STATUS:CONFIRMED',
        'SEQUENCE:0',
        'X-MICROSOFT-CDO-APPT-SEQUENCE:0',
        'X-MICROSOFT-CDO-OWNERAPPTID:2114389182',
        'X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE',
        'X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY',
        'X-MICROSOFT-CDO-ALLDAYEVENT:FALSE',
        'X-MICROSOFT-CDO-IMPORTANCE:1',
        'X-MICROSOFT-CDO-INSTTYPE:0',
        'X-MICROSOFT-DISALLOW-COUNTER:FALSE',
        ALARM,
      ),
    ),
  ],
  [
    'outlook uid',
    calendar('REQUEST', event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'SUMMARY:Outlook', PEOPLE)).replace(
      'corpus@example.org',
      '040000008200E00074C5B7101A82E00800000000E0E1C9B5F1B2C501000000000000000010000000766F0EB6D9D3D246B8F1A6C66A1E2B3C',
    ),
  ],
  [
    'zone without rules',
    calendar(
      'REQUEST',
      ZIMBRA,
      event(
        'DTSTART;TZID="Europe/Paris":20260710T090000',
        'DTEND;TZID="Europe/Paris":20260710T093000',
        'SUMMARY:Paris',
        PEOPLE,
      ),
    ),
  ],
  [
    'zone without summer',
    calendar(
      'PUBLISH',
      KOLKATA,
      event('DTSTART;TZID=India Standard Time:20261124T100000', 'DURATION:PT45M', 'SUMMARY:Kolkata'),
    ),
  ],
  [
    'two eras',
    calendar(
      'REQUEST',
      NEW_YORK,
      event(
        'DTSTART;TZID=America/New_York:20261101T013000',
        'DTEND;TZID=America/New_York:20261101T030000',
        'SUMMARY:Night of the clock',
      ),
    ),
  ],
  [
    'earlier era',
    calendar(
      'REQUEST',
      NEW_YORK,
      event(
        'DTSTART;TZID=America/New_York:20050405T090000',
        'DTEND;TZID=America/New_York:20050405T100000',
        'SUMMARY:Long ago',
      ),
    ),
  ],
  [
    'zone that is only named',
    calendar(
      'PUBLISH',
      event('DTSTART;TZID=Asia/Tokyo:20261124T100000', 'DTEND;TZID=Asia/Tokyo:20261124T110000', 'SUMMARY:Tokyo'),
    ),
  ],
  [
    'zone behind a path',
    calendar(
      'PUBLISH',
      event(
        'DTSTART;TZID=/citadel.org/20210210_1/Europe/London:20260624T100000',
        'DTEND;TZID=/citadel.org/20210210_1/Europe/London:20260624T110000',
        'SUMMARY:London',
      ),
    ),
  ],
  [
    'windows name alone',
    calendar(
      'PUBLISH',
      event(
        'DTSTART;TZID=Pacific Standard Time:20260624T100000',
        'DTEND;TZID=Pacific Standard Time:20260624T110000',
        'SUMMARY:Pacific',
      ),
    ),
  ],
  [
    'ends in another zone',
    calendar(
      'PUBLISH',
      BERLIN,
      NEW_YORK,
      event(START, 'DTEND;TZID=America/New_York:20261124T080000', 'SUMMARY:A flight'),
    ),
  ],
  [
    'floating',
    calendar('PUBLISH', event('DTSTART:20261124T100000', 'DTEND:20261124T110000', 'SUMMARY:Wherever you are')),
  ],
  [
    'floating with a named calendar',
    calendar(
      'PUBLISH',
      'X-WR-TIMEZONE:Europe/Vienna',
      event('DTSTART:20261124T100000', 'DTEND:20261124T110000', 'SUMMARY:Vienna'),
    ),
  ],
  [
    'one day',
    calendar(
      'PUBLISH',
      event('DTSTART;VALUE=DATE:20261124', 'DTEND;VALUE=DATE:20261125', 'SUMMARY:A day', 'TRANSP:TRANSPARENT'),
    ),
  ],
  ['one day without end', calendar('PUBLISH', event('DTSTART;VALUE=DATE:20261124', 'SUMMARY:A day'))],
  [
    'one day with a zone',
    calendar(
      'REQUEST',
      BERLIN,
      event('DTSTART;VALUE=DATE:20261124', 'DTEND;VALUE=DATE:20261125', 'SUMMARY:A day in Berlin', PEOPLE),
    ),
  ],
  ['days by duration', calendar('PUBLISH', event('DTSTART;VALUE=DATE:20261124', 'DURATION:P3D', 'SUMMARY:Three days'))],
  ['a week', calendar('PUBLISH', event('DTSTART;VALUE=DATE:20261123', 'DURATION:P1W', 'SUMMARY:A week'))],
  [
    'midnight to midnight',
    calendar(
      'REQUEST',
      OUTLOOK_ZONE,
      event(
        'DTSTART;TZID=W. Europe Standard Time:20261124T000000',
        'DTEND;TZID=W. Europe Standard Time:20261125T000000',
        'X-MICROSOFT-CDO-ALLDAYEVENT:TRUE',
        'SUMMARY:Outlook day',
      ),
    ),
  ],
  ['a moment', calendar('PUBLISH', event('DTSTART:20261124T100000Z', 'SUMMARY:A moment'))],
  ['date without a type', calendar('PUBLISH', event('DTSTART:20261124', 'DTEND:20261125', 'SUMMARY:A sloppy day'))],
  [
    'with seconds',
    calendar('PUBLISH', event('DTSTART:20261124T100030Z', 'DTEND:20261124T110045Z', 'SUMMARY:To the second')),
  ],
  ['private', calendar('PUBLISH', event(START, END, 'CLASS:PRIVATE', 'SUMMARY:Secret'))],
  [
    'confidential',
    calendar(
      'PUBLISH',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'CLASS:CONFIDENTIAL', 'SUMMARY:Confidential'),
    ),
  ],
  [
    'urgent',
    calendar(
      'REQUEST',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'PRIORITY:1', 'SUMMARY:Urgent', PEOPLE),
    ),
  ],
  [
    'not urgent',
    calendar(
      'REQUEST',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'PRIORITY:9', 'SUMMARY:Some time', PEOPLE),
    ),
  ],
  [
    'priority undefined',
    calendar(
      'REQUEST',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'PRIORITY:0', 'SUMMARY:Undefined', PEOPLE),
    ),
  ],
  [
    'categories',
    calendar(
      'PUBLISH',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'CATEGORIES:Work,Important\\, really',
        'CATEGORIES:Travel',
        'SUMMARY:Sorted',
      ),
    ),
  ],
  [
    'url',
    calendar(
      'PUBLISH',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'URL:https://example.org/meet?id=1&x=2',
        'SUMMARY:A link',
      ),
    ),
  ],
  [
    'long folded text',
    calendar(
      'REQUEST',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        `DESCRIPTION:${'Ein langer Satz\\, der gefaltet wird. '.repeat(4)}\n  and goes on`,
        'SUMMARY:日本語の会議 📅',
        PEOPLE,
      ),
    ),
  ],
  ['without a summary', calendar('REQUEST', event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', PEOPLE))],
  [
    'free',
    calendar(
      'REQUEST',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'TRANSP:TRANSPARENT', 'SUMMARY:Free', PEOPLE),
    ),
  ],
  [
    'out of office',
    calendar(
      'PUBLISH',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF', 'SUMMARY:Away'),
    ),
  ],
  [
    'elsewhere',
    calendar(
      'PUBLISH',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE',
        'SUMMARY:At home',
      ),
    ),
  ],
  [
    'alarm before the end',
    calendar(
      'PUBLISH',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'SUMMARY:x',
        ALARM.replace('TRIGGER:', 'TRIGGER;RELATED=END:'),
      ),
    ),
  ],
  [
    'alarm at a time',
    calendar(
      'PUBLISH',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'SUMMARY:x',
        ALARM.replace('TRIGGER:-PT15M', 'TRIGGER;VALUE=DATE-TIME:20261124T080000Z'),
      ),
    ),
  ],
  [
    'alarm after the start',
    calendar(
      'PUBLISH',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'SUMMARY:x', ALARM.replace('-PT15M', 'PT5M')),
    ),
  ],
  [
    'alarm a week before',
    calendar(
      'PUBLISH',
      event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'SUMMARY:x', ALARM.replace('-PT15M', '-P1W')),
    ),
  ],
  [
    'alarm put off',
    calendar(
      'PUBLISH',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'SUMMARY:x',
        'X-MOZ-LASTACK:20261124T094500Z',
        'X-MOZ-SNOOZE-TIME:20261124T095500Z',
        'X-MOZ-GENERATION:4',
        ALARM,
      ),
    ),
  ],
  [
    'two alarms',
    calendar(
      'PUBLISH',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'SUMMARY:x',
        ALARM.replace('DISPLAY', 'AUDIO'),
        ALARM.replace('15M', '60M'),
      ),
    ),
  ],
  [
    'accepted',
    calendar(
      'REPLY',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'SUMMARY:x',
        'ORGANIZER:mailto:anna@example.org',
        'ATTENDEE;PARTSTAT=ACCEPTED;CN=Ben:mailto:ben@example.org',
        'COMMENT:Gladly',
      ),
    ),
  ],
  [
    'declined',
    calendar(
      'REPLY',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'SUMMARY:x',
        'ORGANIZER:mailto:anna@example.org',
        'ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.org',
      ),
    ),
  ],
  [
    'perhaps',
    calendar(
      'REPLY',
      BERLIN,
      event(
        START,
        END,
        'SUMMARY:x',
        'ORGANIZER:mailto:anna@example.org',
        'ATTENDEE;PARTSTAT=TENTATIVE;CN="Ben":mailto:ben@example.org',
        'SEQUENCE:1',
      ),
    ),
  ],
  [
    'counter',
    calendar(
      'COUNTER',
      BERLIN,
      event(
        'DTSTART;TZID=Europe/Berlin:20261125T140000',
        'DTEND;TZID=Europe/Berlin:20261125T150000',
        'SUMMARY:x',
        'ORGANIZER:mailto:anna@example.org',
        'ATTENDEE;PARTSTAT=TENTATIVE:mailto:ben@example.org',
        'X-MS-OLK-ORIGINALSTART;TZID=Europe/Berlin:20261124T100000',
        'X-MS-OLK-ORIGINALEND;TZID=Europe/Berlin:20261124T113000',
      ),
    ),
  ],
  [
    'cancelled',
    calendar(
      'CANCEL',
      event(
        'DTSTART:20261124T100000Z',
        'DTEND:20261124T110000Z',
        'SUMMARY:Canceled: x',
        'STATUS:CANCELLED',
        'TRANSP:TRANSPARENT',
        'SEQUENCE:3',
        PEOPLE,
      ),
    ),
  ],
  [
    'one occurrence',
    calendar(
      'REQUEST',
      BERLIN,
      event(
        'RECURRENCE-ID;TZID=Europe/Berlin:20261201T100000',
        'DTSTART;TZID=Europe/Berlin:20261201T120000',
        'DTEND;TZID=Europe/Berlin:20261201T130000',
        'SUMMARY:Only this',
        PEOPLE,
      ),
    ),
  ],
  [
    'one occurrence is cancelled',
    calendar(
      'CANCEL',
      BERLIN,
      event(
        'RECURRENCE-ID;TZID=Europe/Berlin:20261201T003000',
        'DTSTART;TZID=Europe/Berlin:20261201T003000',
        'DTEND;TZID=Europe/Berlin:20261201T013000',
        'SUMMARY:Not this',
        PEOPLE,
      ),
    ),
  ],
  [
    'one day of whole days',
    calendar(
      'REQUEST',
      event(
        'RECURRENCE-ID;VALUE=DATE:20261201',
        'DTSTART;VALUE=DATE:20261202',
        'DTEND;VALUE=DATE:20261203',
        'SUMMARY:A day later',
        PEOPLE,
      ),
    ),
  ],
  ['no method', calendar(undefined, event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'SUMMARY:Saved'))],
  [
    'published meeting',
    calendar('PUBLISH', event('DTSTART:20261124T100000Z', 'DTEND:20261124T110000Z', 'SUMMARY:Exported', PEOPLE)),
  ],
].map(([name, text]) => ({ name: name!, text: text! }));

const RULES: readonly string[] = [
  'FREQ=DAILY',
  'FREQ=DAILY;INTERVAL=3;COUNT=10',
  'FREQ=DAILY;UNTIL=20261220T090000Z',
  'FREQ=DAILY;UNTIL=20261220T085959Z',
  'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR',
  'FREQ=DAILY;BYDAY=MO,WE;COUNT=8',
  'FREQ=WEEKLY',
  'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=12',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=SU;UNTIL=20270301T000000Z',
  'FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;COUNT=9',
  'FREQ=WEEKLY;BYDAY=SA,SU',
  'FREQ=WEEKLY;INTERVAL=4;WKST=MO',
  'FREQ=MONTHLY',
  'FREQ=MONTHLY;BYMONTHDAY=15;COUNT=6',
  'FREQ=MONTHLY;BYMONTHDAY=-1',
  'FREQ=MONTHLY;BYMONTHDAY=31;COUNT=6',
  'FREQ=MONTHLY;BYMONTHDAY=30;UNTIL=20280101T000000Z',
  'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1;COUNT=6',
  'FREQ=MONTHLY;BYDAY=2TU',
  'FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2;COUNT=5',
  'FREQ=MONTHLY;BYDAY=5MO;COUNT=4',
  'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
  'FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1;COUNT=7',
  'FREQ=MONTHLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=3',
  'FREQ=MONTHLY;BYDAY=WE;BYMONTHDAY=8,9,10,11,12,13,14',
  'FREQ=MONTHLY;BYDAY=MO,WE;COUNT=10',
  'FREQ=YEARLY',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=3',
  'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH',
  'FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=5',
  'FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYMONTHDAY=1',
  'FREQ=YEARLY;BYMONTH=10;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;UNTIL=20350101T000000Z',
];

const zoned = RULES.map((rule) => ({
  name: `repeats ${rule}`,
  text: calendar('REQUEST', BERLIN, event(START, END, `RRULE:${rule}`, 'SUMMARY:Series', PEOPLE, ALARM)),
}));
const wholeDays = [...new Set(RULES.map((rule) => rule.replace(/T\d{6}Z/, '')))].map((rule) => ({
  name: `whole days ${rule}`,
  text: calendar(
    'PUBLISH',
    event(
      'DTSTART;VALUE=DATE:20261124',
      'DTEND;VALUE=DATE:20261125',
      `RRULE:${rule}`,
      'SUMMARY:Days',
      'TRANSP:TRANSPARENT',
    ),
  ),
}));

const EXCEPTION = [
  'RECURRENCE-ID;TZID=Europe/Berlin:20261201T100000',
  'DTSTART;TZID=Europe/Berlin:20261202T150000',
  'DTEND;TZID=Europe/Berlin:20261202T160000',
];
const SERIES = [
  START,
  END,
  'RRULE:FREQ=WEEKLY;COUNT=8',
  'SUMMARY:Weekly',
  'LOCATION:Here',
  'DESCRIPTION:As always',
  PEOPLE,
  ALARM,
];

const series: CorpusCalendar[] = [
  ['deleted dates', [event(...SERIES, 'EXDATE;TZID=Europe/Berlin:20261208T100000,20261215T100000')]],
  ['deleted in utc', [event(...SERIES, 'EXDATE:20261208T090000Z')]],
  ['deleted by date', [event(...SERIES, 'EXDATE;VALUE=DATE:20261208')]],
  ['deleted that are none', [event(...SERIES, 'EXDATE;TZID=Europe/Berlin:20261209T100000')]],
  [
    'moved',
    [event(...SERIES), event(...EXCEPTION, 'SUMMARY:Weekly', 'LOCATION:Here', 'DESCRIPTION:As always', PEOPLE, ALARM)],
  ],
  [
    'renamed',
    [
      event(...SERIES),
      event(
        EXCEPTION[0]!,
        START.replace('1124', '1201'),
        END.replace('1124', '1201'),
        'SUMMARY:Otherwise',
        'LOCATION:There',
        'DESCRIPTION:Not as always',
        'TRANSP:TRANSPARENT',
        PEOPLE,
      ),
    ],
  ],
  ['says nothing', [event(...SERIES), event(...EXCEPTION)]],
  ['exception first', [event(...EXCEPTION, 'SUMMARY:First in the file'), event(...SERIES)]],
  [
    'a whole day',
    [
      event(...SERIES),
      event(EXCEPTION[0]!, 'DTSTART;VALUE=DATE:20261202', 'DTEND;VALUE=DATE:20261203', 'SUMMARY:All of it'),
    ],
  ],
  [
    'cancelled in it',
    [
      event(...SERIES),
      event(EXCEPTION[0]!, START.replace('1124', '1201'), END.replace('1124', '1201'), 'STATUS:CANCELLED'),
    ],
  ],
  [
    'others invited',
    [
      event(...SERIES),
      event(...EXCEPTION, 'SUMMARY:x', 'ORGANIZER:mailto:anna@example.org', 'ATTENDEE;CN=Emil:mailto:emil@example.org'),
    ],
  ],
  ['other reminder', [event(...SERIES), event(...EXCEPTION, 'SUMMARY:x', ALARM.replace('15M', '5M'))]],
  [
    'three exceptions',
    [
      event(...SERIES),
      ...['1201', '1208', '1215'].map((day) =>
        event(
          `RECURRENCE-ID;TZID=Europe/Berlin:2026${day}T100000`,
          `DTSTART;TZID=Europe/Berlin:2026${day}T110000`,
          `DTEND;TZID=Europe/Berlin:2026${day}T120000`,
          `SUMMARY:On ${day}`,
        ),
      ),
    ],
  ],
].map(([name, events]) => ({
  name: `series: ${name as string}`,
  text: calendar('REQUEST', BERLIN, ...(events as string[])),
}));

const todo = (...lines: readonly string[]): string =>
  ['BEGIN:VTODO', 'UID:todo@example.org', 'DTSTAMP:20261101T120000Z', ...lines, 'END:VTODO'].join('\n');
const tasks: CorpusCalendar[] = [
  ['bare', todo('SUMMARY:Do it')],
  ['due', todo('SUMMARY:Due', 'DUE;VALUE=DATE:20261201', 'DTSTART;VALUE=DATE:20261124')],
  [
    'due at a time',
    todo('SUMMARY:Due', 'DUE;TZID=Europe/Berlin:20261201T170000', 'PRIORITY:1', 'CATEGORIES:Home', ALARM),
  ],
  ['in work', todo('SUMMARY:Half', 'STATUS:IN-PROCESS', 'PERCENT-COMPLETE:50')],
  ['done', todo('SUMMARY:Done', 'STATUS:COMPLETED', 'COMPLETED:20261120T101112Z', 'PERCENT-COMPLETE:100')],
  ['waits', todo('SUMMARY:Waits', 'STATUS:NEEDS-ACTION', 'DESCRIPTION:For you', 'CLASS:PRIVATE')],
  [
    'put off',
    todo(
      'SUMMARY:Later',
      'STATUS:CANCELLED',
      ALARM.replace('TRIGGER:-PT15M', 'TRIGGER;VALUE=DATE-TIME:20261124T080000Z'),
    ),
  ],
].map(([name, text]) => ({ name: `task: ${name!}`, text: calendar('PUBLISH', BERLIN, text!) }));

/** All of them: one item each. */
export const corpus: readonly CorpusCalendar[] = [...single, ...zoned, ...wholeDays, ...series, ...tasks];
