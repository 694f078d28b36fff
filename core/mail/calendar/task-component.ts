import type { ObjectTree } from '../../mapi/object-tree.ts';
import type { PropertyTag } from '../../mapi/property.ts';
import { DAY_MS } from './calendar-time.ts';
import { type ComponentContext, commonFields, reminderFields, uidOfItem } from './component-fields.ts';
import { localDateProperty, timeProperty, utcProperty } from './item-zone.ts';
import { peopleFields } from './people-fields.ts';
import { numberIn, timeIn } from './property-values.ts';
import { statusOfTask } from './task-to-message.ts';
import type { JCal } from './zone-component.ts';

/** The VTODO of a task. */
export function taskComponent(message: ObjectTree, context: ComponentContext): JCal {
  const { properties } = message;
  const { tags, zone } = context;
  const uid = uidOfItem(properties, tags);
  const at = (name: string, byClock: PropertyTag, inUtc: PropertyTag): JCal[] => {
    const [local, utc] = [timeIn(properties, byClock), timeIn(properties, inUtc)];
    // Mostly, tasks are for a day.
    if (local !== undefined && (utc === undefined || local === utc) && local % DAY_MS === 0)
      return [localDateProperty(name, local)];
    return utc === undefined ? [] : [timeProperty(name, utc, zone)];
  };
  const completed = timeIn(properties, tags.PidLidTaskDateCompleted);
  const percent = numberIn(properties, tags.PidLidPercentComplete);
  const status = statusOfTask(numberIn(properties, tags.PidLidTaskStatus) ?? 0);
  const reminder = reminderFields(properties, context, undefined);
  const fields: JCal[] = [
    ...(uid === undefined ? [] : [['uid', {}, 'text', uid]]),
    ...at('dtstart', tags.PidLidTaskStartDate, tags.PidLidCommonStart),
    ...at('due', tags.PidLidTaskDueDate, tags.PidLidCommonEnd),
    ...(completed === undefined ? [] : [utcProperty('completed', completed)]),
    ...(percent === undefined ? [] : [['percent-complete', {}, 'integer', Math.round(percent * 100)]]),
    ...(status === undefined ? [] : [['status', {}, 'text', status]]),
    ...commonFields(properties, context),
    ...peopleFields(message, context),
    ...reminder.fields,
  ];
  return ['vtodo', fields, reminder.alarms];
}
