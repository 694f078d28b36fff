import { hasDaylight, type TimeZone, type TransitionRule } from '../../mapi/time-zone.ts';

/** A component or property as jCal has it (RFC 7265). */
export type JCal = readonly unknown[];

const WEEK_DAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
/** As Outlook writes it: the rule holds since ever. */
const FIRST_YEAR = 1601;

/** The VTIMEZONE of a zone (RFC 5545 3.6.5). */
export function zoneComponent(name: string, zone: TimeZone): JCal {
  const standard = -(zone.bias + zone.standardBias);
  const parts = hasDaylight(zone)
    ? [
        observance('standard', zone.standardDate, -(zone.bias + zone.daylightBias), standard),
        observance('daylight', zone.daylightDate, standard, -(zone.bias + zone.daylightBias)),
      ]
    : [observance('standard', undefined, standard, standard)];
  return ['vtimezone', [['tzid', {}, 'text', name]], parts];
}

function observance(kind: string, rule: TransitionRule | undefined, from: number, to: number): JCal {
  const properties: JCal[] = [
    ['dtstart', {}, 'date-time', rule ? beginOf(rule) : `${FIRST_YEAR}-01-01T00:00:00`],
    ['tzoffsetfrom', {}, 'utc-offset', offset(from)],
    ['tzoffsetto', {}, 'utc-offset', offset(to)],
  ];
  if (rule && rule.year === 0) {
    const byday = `${rule.week >= 5 ? -1 : Math.max(1, rule.week)}${WEEK_DAYS[rule.dayOfWeek] ?? 'SU'}`;
    properties.push(['rrule', {}, 'recur', { freq: 'YEARLY', bymonth: rule.month, byday }]);
  }
  return [kind, properties, []];
}

function beginOf(rule: TransitionRule): string {
  const [year, month, day] = rule.year === 0 ? [FIRST_YEAR, 1, 1] : [rule.year, rule.month, rule.week];
  return `${year}-${two(month)}-${two(day)}T${two(rule.hour)}:${two(rule.minute)}:00`;
}

const two = (value: number): string => String(value).padStart(2, '0');

function offset(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
