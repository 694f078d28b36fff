import ICAL from 'ical.js';
import { MAX_CALENDAR_BYTES, MAX_COMPONENTS, MAX_PROPERTIES } from './limits.ts';

/** A calendar can't be said in MAPI; the message tells why, and nothing of what is in it. */
export class CalendarNotUnderstoodError extends Error {
  override readonly name = 'CalendarNotUnderstoodError';
}

/** A component of a calendar: VEVENT, VALARM … */
export type Component = InstanceType<typeof ICAL.Component>;
/** A property of a component. */
export type ComponentProperty = InstanceType<typeof ICAL.Property>;

// Dates without VALUE=DATE and their like are common, and understandable.
ICAL.design.strict = false;

/** The calendars (VCALENDAR) of a file. Throws {@link CalendarNotUnderstoodError}. */
export function readCalendars(text: string): Component[] {
  if (text.length > MAX_CALENDAR_BYTES) throw new CalendarNotUnderstoodError('the calendar is too large');
  const roots = parse(text);
  const budget = { components: MAX_COMPONENTS };
  for (const root of roots) requireBounded(root, budget);
  return roots.filter(({ name }) => name === 'vcalendar');
}

function parse(text: string): Component[] {
  try {
    const jCal: unknown = ICAL.parse(unfolded(text));
    if (!Array.isArray(jCal) || jCal.length === 0) return [];
    const list = (typeof jCal[0] === 'string' ? [jCal] : jCal) as never[];
    return list.map((component) => new ICAL.Component(component));
  } catch (cause) {
    throw new CalendarNotUnderstoodError('the file is no calendar', { cause });
  }
}

/** Empty lines, a byte order mark and what stands before or behind the calendar are no part of it (RFC 5545 3.1). */
function unfolded(text: string): string {
  const begin = text.search(/^[ \t\ufeff]*BEGIN:VCALENDAR/im);
  if (begin < 0) throw new CalendarNotUnderstoodError('the file has no calendar');
  const lines = text
    .slice(begin)
    .replace(/^[ \t\ufeff]+/, '')
    .split(/\r\n|\n|\r/);
  return lines.filter((line) => line.trim() !== '').join('\r\n');
}

function requireBounded(component: Component, budget: { components: number }, depth = 0): void {
  budget.components -= 1;
  if (budget.components < 0 || depth > 4) throw new CalendarNotUnderstoodError('the calendar has too many components');
  if (component.getAllProperties().length > MAX_PROPERTIES)
    throw new CalendarNotUnderstoodError('a component has too many properties');
  for (const child of component.getAllSubcomponents()) requireBounded(child, budget, depth + 1);
}

/** METHOD (RFC 5545 3.7.2), in capitals; undefined without one. */
export const methodOf = (calendar: Component): string | undefined => textOf(calendar, 'method')?.trim().toUpperCase();

/** The text of the first property of a name, in lower case. */
export function textOf(component: Component, name: string): string | undefined {
  const property = component.getFirstProperty(name);
  return property ? textValue(property) : undefined;
}

/** A property's value as text. */
export function textValue(property: ComponentProperty): string | undefined {
  const value: unknown = rawValue(property);
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** A whole number. */
export function numberOf(component: Component, name: string): number | undefined {
  const text = textOf(component, name)?.trim();
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The value as jCal has it (RFC 7265 3.4). */
export const rawValue = (property: ComponentProperty): unknown => (property.toJSON() as unknown[])[3];

/** All values as jCal has them. */
export const rawValues = (property: ComponentProperty): unknown[] => (property.toJSON() as unknown[]).slice(3);

/** A parameter's first value. */
export function parameterOf(property: ComponentProperty, name: string): string | undefined {
  const value: unknown = property.getParameter(name);
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}
