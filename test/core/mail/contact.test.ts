import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cardToContacts, NotACardError } from '../../../core/mail/contact/card-to-contacts.ts';
import { contactToCard } from '../../../core/mail/contact/contact-to-card.ts';
import { messageToMail } from '../../../core/mail/message-to-mail.ts';
import { fileTimeFromMilliseconds } from '../../../core/mapi/file-time.ts';
import { NAMED_PROPERTIES, type NamedPropertyName } from '../../../core/mapi/named-properties.ts';
import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import type { PropertyTag, PropertyValue } from '../../../core/mapi/property.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { filesOf, NAMED_TAGS, read } from './corpus/round.ts';

const CARD = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'N:Müller;Jörg;Maria;Dr.;Jr.',
  'FN:Dr. Jörg Müller',
  'ORG:Example GmbH;Sales',
  'TITLE:Buyer\\, senior',
  'TEL;TYPE=WORK,VOICE:+49 89 1',
  'TEL;TYPE=work;TYPE=fax:+49 89 2',
  'TEL;TYPE=CELL:+49 170 3',
  'TEL;TYPE=HOME:+49 89 4',
  'TEL;TYPE=HOME:+49 89 5',
  'ADR;TYPE=WORK:;;Street 1;München;Bayern;80331;Germany',
  'ADR;TYPE=HOME:;;Weg 2;Ulm;;89073;Germany',
  'EMAIL;TYPE=INTERNET:joerg@example.org',
  'EMAIL:second@example.org',
  'BDAY:1980-02-03',
  'URL:https://example.org/',
  'NOTE:first line\\nsecond line',
  'PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo=',
  'END:VCARD',
  '',
].join('\r\n');

const valuesOf = (contact: ObjectTree): Map<PropertyTag, PropertyValue> => {
  const values = new Map(contact.properties);
  values.delete(tags.PR_SEARCH_KEY);
  return values;
};

test('a vCard becomes a contact as clients make one', () => {
  const [contact, ...others] = cardToContacts(CARD, NAMED_TAGS);
  assert.deepEqual(others, []);
  const expected: [PropertyTag, PropertyValue][] = [
    [tags.PR_MESSAGE_CLASS, 'IPM.Contact'],
    [tags.PR_DISPLAY_NAME, 'Dr. Jörg Müller'],
    [tags.PR_SURNAME, 'Müller'],
    [tags.PR_GENERATION, 'Jr.'],
    [tags.PR_COMPANY_NAME, 'Example GmbH'],
    [tags.PR_DEPARTMENT_NAME, 'Sales'],
    [tags.PR_TITLE, 'Buyer, senior'],
    [tags.PR_BUSINESS_TELEPHONE_NUMBER, '+49 89 1'],
    [tags.PR_BUSINESS_FAX_NUMBER, '+49 89 2'],
    [tags.PR_MOBILE_TELEPHONE_NUMBER, '+49 170 3'],
    [tags.PR_HOME_TELEPHONE_NUMBER, '+49 89 4'],
    [tags.PR_HOME2_TELEPHONE_NUMBER, '+49 89 5'],
    [NAMED_TAGS.PidLidWorkAddressCity, 'München'],
    [tags.PR_HOME_ADDRESS_POSTAL_CODE, '89073'],
    [NAMED_TAGS.PidLidEmail1EmailAddress, 'joerg@example.org'],
    [NAMED_TAGS.PidLidEmail1DisplayName, 'Dr. Jörg Müller (joerg@example.org)'],
    [NAMED_TAGS.PidLidEmail2EmailAddress, 'second@example.org'],
    [NAMED_TAGS.PidLidAddressBookProviderArrayType, 3],
    [NAMED_TAGS.PidLidFileUnder, 'Müller, Jörg'],
    [NAMED_TAGS.PidLidHtml, 'https://example.org/'],
    [tags.PR_BODY, 'first line\nsecond line'],
    [tags.PR_BIRTHDAY, fileTimeFromMilliseconds(Date.UTC(1980, 1, 3))],
  ];
  for (const [tag, value] of expected) assert.deepEqual(contact!.properties.get(tag), value, String(value));
  assert.deepEqual(
    contact!.children[0]!.properties.get(tags.PR_ATTACH_DATA_BIN),
    Buffer.from('iVBORw0KGgo=', 'base64'),
  );
});

test('a contact goes and comes as a vCard with all it has', () => {
  const [contact] = cardToContacts(CARD, NAMED_TAGS);
  const [again] = cardToContacts(contactToCard(contact!, NAMED_TAGS)!, NAMED_TAGS);
  assert.deepEqual(valuesOf(again!), valuesOf(contact!));
  assert.deepEqual(again!.children[0]!.properties.get(tags.PR_ATTACH_DATA_BIN), Buffer.from('iVBORw0KGgo=', 'base64'));
});

test('whatever the texts of a contact, they come back', () => {
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .map((text) => text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim())
    .filter((text) => text !== '');
  fc.assert(
    fc.property(word, word, word, word, (name, company, note, street) => {
      const contact: ObjectTree = {
        kind: 5,
        properties: new Map<PropertyTag, PropertyValue>([
          [tags.PR_MESSAGE_CLASS, 'IPM.Contact'],
          [tags.PR_DISPLAY_NAME, name],
          [tags.PR_COMPANY_NAME, company],
          [tags.PR_BODY, note],
          [tags.PR_HOME_ADDRESS_STREET, street],
        ]),
        children: [],
      };
      const [again] = cardToContacts(contactToCard(contact, NAMED_TAGS)!, NAMED_TAGS);
      for (const [tag, value] of contact.properties) assert.equal(again!.properties.get(tag), value);
    }),
  );
});

test('a contact that is attached to a mail goes as a vCard', async () => {
  const [contact] = cardToContacts(CARD, NAMED_TAGS);
  const names = new Map(
    Object.entries(NAMED_TAGS).map(([name, tag]) => [tag, NAMED_PROPERTIES[name as NamedPropertyName]]),
  );
  const { raw } = await messageToMail(
    {
      kind: 5,
      properties: new Map<PropertyTag, PropertyValue>([[tags.PR_BODY, 'see the card']]),
      children: [{ kind: 7, properties: new Map([[tags.PR_ATTACH_METHOD, 5]]), children: [contact!] }],
    },
    { purpose: 'send', now: 0, namesOf: async () => names },
  );
  const [file] = filesOf(await read(raw));
  assert.equal(file!.name, 'Dr. Jörg Müller.vcf');
  const [again] = cardToContacts(Buffer.from(file!.bytes, 'latin1').toString(), NAMED_TAGS);
  assert.deepEqual(valuesOf(again!), valuesOf(contact!));
});

test('several cards in a file are several contacts', () => {
  const names = cardToContacts(CARD + CARD.replace('Dr. Jörg', 'Anna'), NAMED_TAGS).map(({ properties }) =>
    properties.get(tags.PR_DISPLAY_NAME),
  );
  assert.deepEqual(names, ['Dr. Jörg Müller', 'Anna Müller']);
});

for (const text of ['', 'x', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR', 'BEGIN:VCARD\r\nN:x'])
  test(`${JSON.stringify(text)} is no vCard`, () => {
    assert.throws(() => cardToContacts(text, NAMED_TAGS), NotACardError);
  });
