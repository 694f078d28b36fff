/** A date as a mail header says it. */
export interface MailDate {
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  /** Midnight UTC of the calendar day that the sender wrote, whatever the time zone. */
  readonly day: number;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Zone names in minutes from UTC: those of RFC 5322 4.3, and some that mail really has. */
const ZONES: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  wet: 0,
  bst: 60,
  cet: 60,
  met: 60,
  mez: 60,
  cest: 120,
  mest: 120,
  mesz: 120,
  eet: 120,
  eest: 180,
  msk: 180,
  ist: 330,
  jst: 540,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
};

const MINUTE_MS = 60_000;
/** FILETIME begins in 1601, and four digits of a year end with 9999. */
const FIRST_YEAR = 1601;
const LAST_YEAR = 9999;
/** A header that claims more is none. */
const MAX_LENGTH = 200;

const DATE =
  /^(?:[a-z]{2,9}\.?,?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{2,4})(?:,?\s+(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?\s*(am|pm)?\s*([+-]\s?\d{1,4}(?::\d\d)?|[a-z]{1,5})?)?/i;
/** What C's asctime writes: `Wed Jun 30 21:49:08 1993`. */
const ASCTIME =
  /^[a-z]{3},?\s+([a-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s+(?:([+-]\d{4}|[a-z]{1,5})\s+)?(\d{4})/i;

/** Reads a Date header or the date of a Received header (RFC 5322 3.3 and 4.3, with what is seen besides). */
export function parseMailDate(value: string): MailDate | undefined {
  const text = withoutComments(value.slice(0, MAX_LENGTH)).trim();
  const match = DATE.exec(text);
  if (match) {
    const [, day, month, year, hour, minute, second, half, zone] = match;
    return assemble(fullYear(year!), month!, day!, halved(hour ?? '0', half), minute ?? '0', second ?? '0', zone ?? '');
  }
  const asctime = ASCTIME.exec(text);
  if (asctime) {
    const [, month, day, hour, minute, second, zone, year] = asctime;
    return assemble(Number(year), month!, day!, Number(hour), minute!, second ?? '0', zone ?? '');
  }
  return parseIso(text);
}

/** The date of a Received header: what follows its last semicolon. */
export const parseReceivedDate = (value: string): MailDate | undefined => {
  const semicolon = value.lastIndexOf(';');
  return semicolon < 0 ? undefined : parseMailDate(value.slice(semicolon + 1));
};

function assemble(
  year: number,
  monthName: string,
  dayText: string,
  hour: number,
  minuteText: string,
  secondText: string,
  zone: string,
): MailDate | undefined {
  const month = MONTHS.indexOf(monthName.toLowerCase());
  const [day, minute, second] = [Number(dayText), Number(minuteText), Number(secondText)];
  if (month < 0 || year < FIRST_YEAR || year > LAST_YEAR) return undefined;
  // 60 is a leap second.
  if (day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined;
  const midnight = Date.UTC(year, month, day);
  const time = Date.UTC(year, month, day, hour, minute, second) - zoneMinutes(zone) * MINUTE_MS;
  return { time, day: midnight };
}

function zoneMinutes(zone: string): number {
  const numeric = /^([+-])\s?(\d{1,4})(?::(\d\d))?$/.exec(zone);
  // Unknown names mean that the zone is unknown (RFC 5322 4.3).
  if (!numeric) return ZONES[zone.toLowerCase()] ?? 0;
  const [, sign, digits, minutesText] = numeric;
  const padded = minutesText === undefined ? digits!.padStart(4, '0') : `${digits!.padStart(2, '0')}${minutesText}`;
  const minutes = Number(padded.slice(0, 2)) * 60 + Number(padded.slice(2));
  if (minutes >= 24 * 60) return 0;
  return sign === '-' ? -minutes : minutes;
}

/** Two and three digits as RFC 5322 4.3 reads them. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  if (text.length === 3) return year + 1900;
  return year + (year < 50 ? 2000 : 1900);
}

function halved(text: string, half: string | undefined): number {
  const hour = Number(text);
  if (half === undefined) return hour;
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

function parseIso(text: string): MailDate | undefined {
  const match =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T\s](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*([+-]\d\d:?\d\d|[a-z]{1,5})?)?/i.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, zone] = match;
  const name = MONTHS[Number(month) - 1];
  if (name === undefined) return undefined;
  return assemble(Number(year), name, day!, Number(hour ?? 0), minute ?? '0', second ?? '0', zone ?? '');
}

/** Comments are in parentheses and may nest. */
function withoutComments(text: string): string {
  if (!text.includes('(')) return text;
  let depth = 0;
  let plain = '';
  for (const character of text) {
    if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (depth === 0) plain += character;
  }
  return plain;
}
