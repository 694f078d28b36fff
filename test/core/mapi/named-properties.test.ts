import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fixedIdOf,
  fixedNameOf,
  NAMED_PROPERTIES,
  type NamedProperty,
  namedProperties,
  namedTagsFromIds,
  namedTagsFromNames,
} from '../../../core/mapi/named-properties.ts';

const IDS = namedProperties.map((_, index) => 0x8501 + index);

test('the ids that clients have built in are those of the recorded clients', () => {
  const tags = namedTagsFromIds(IDS);
  // As the genuine Python client wrote an appointment.
  assert.equal(tags.PidLidAppointmentStartWhole, 0x800d0040);
  assert.equal(tags.PidLidLocation, 0x8008001f);
  assert.equal(tags.PidLidCleanGlobalObjectId, 0x83630102);
  assert.equal(tags.PidLidCommonStart, 0x81b60040);
});

test('only names without a built-in id are asked for, and lead back from their ids', () => {
  for (const property of Object.values(NAMED_PROPERTIES) as NamedProperty[]) {
    const id = fixedIdOf(property);
    if (id === undefined) assert.ok(namedProperties.includes(property));
    else assert.deepEqual(fixedNameOf(id), { guid: property.guid, number: property.number });
  }
  assert.equal(fixedNameOf(0x8501), undefined);
});

test('the tags come back from the names of those that an object has', () => {
  const tags = namedTagsFromIds(IDS);
  const names = Object.entries(NAMED_PROPERTIES).map(
    ([name, property]) => [tags[name as keyof typeof tags], property] as const,
  );
  assert.deepEqual(namedTagsFromNames(names), tags);
});
