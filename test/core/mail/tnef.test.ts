import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailToMessage } from '../../../core/mail/mail-to-message.ts';
import { messageToMail } from '../../../core/mail/message-to-mail.ts';
import { ATTACH_EMBEDDED_MSG } from '../../../core/mapi/attachment-values.ts';
import { wrapRtf } from '../../../core/mapi/compressed-rtf.ts';
import { NAMED_PROPERTIES, namedProperties, namedTagsFromIds } from '../../../core/mapi/named-properties.ts';
import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../../core/mapi/object-types.ts';
import { propertyTag } from '../../../core/mapi/property.ts';
import { PT_BINARY, PT_LONG, PT_OBJECT } from '../../../core/mapi/property-types.ts';
import * as tags from '../../../core/mapi/tags.ts';
import type { TnefProperty } from '../../../core/mapi/tnef/properties.ts';
import { attribute, propertyList, writeTnef } from '../../../core/mapi/tnef/writer.ts';

const NAMED_TAGS = namedTagsFromIds(namedProperties.map((_, index) => 0x8501 + index));
const NOW = Date.UTC(2026, 10, 23);

const mailWith = (tnef: Buffer, type = 'application/ms-tnef'): Buffer =>
  Buffer.from(
    'From: a@example.net\r\nTo: b@example.org\r\nSubject: of the mail\r\nMIME-Version: 1.0\r\n' +
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ntext of the mail\r\n' +
      `--b\r\nContent-Type: ${type}; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n${tnef.toString('base64')}\r\n--b--\r\n`,
  );
const convert = async (mail: Buffer): Promise<ObjectTree> =>
  (await mailToMessage(mail, { receivedAt: NOW, namedTags: NAMED_TAGS })).message;
const attachments = (message: ObjectTree): ObjectTree[] => message.children.filter(({ kind }) => kind === MAPI_ATTACH);
const named = (name: keyof typeof NAMED_PROPERTIES, value: TnefProperty['value']): TnefProperty => {
  const { type, ...rest } = NAMED_PROPERTIES[name] as { type: number; guid: Buffer; number?: number; name?: string };
  return { tag: propertyTag(0x8123, type), name: rest, value };
};
const ATTACHMENT_BEGIN = Buffer.from('0100ffffffff000000000000', 'hex');

test('a winmail.dat is unpacked: class, properties under their names here, files', async () => {
  const tnef = Buffer.concat([
    writeTnef([
      { tag: tags.PR_MESSAGE_CLASS, value: 'IPM.TaskRequest' },
      { tag: tags.PR_SUBJECT, value: 'of the TNEF' },
      { tag: tags.PR_OWNER_APPT_ID, value: 7 },
      named('PidLidTaskStatus', 2),
      { tag: propertyTag(0x8001, PT_LONG), name: { guid: Buffer.alloc(16, 1), number: 1 }, value: 1 },
      { tag: tags.PR_ENTRYID, value: Buffer.from('elsewhere') },
    ]),
    attribute(2, 0x00069002, ATTACHMENT_BEGIN),
    attribute(2, 0x0006800f, Buffer.from('the data')),
    attribute(2, 0x00069005, propertyList([{ tag: tags.PR_ATTACH_LONG_FILENAME, value: 'a long name.txt' }])),
  ]);
  for (const type of ['application/ms-tnef', 'application/vnd.ms-tnef', 'application/octet-stream']) {
    const message = await convert(mailWith(tnef, type));
    assert.equal(message.properties.get(tags.PR_MESSAGE_CLASS), 'IPM.TaskRequest');
    assert.equal(message.properties.get(tags.PR_SUBJECT), 'of the mail');
    assert.equal(message.properties.get(tags.PR_BODY), 'text of the mail');
    assert.equal(message.properties.get(tags.PR_OWNER_APPT_ID), 7);
    assert.equal(message.properties.get(NAMED_TAGS.PidLidTaskStatus), 2);
    assert.equal(message.properties.has(propertyTag(0x8001, PT_LONG)), false);
    assert.equal(message.properties.has(tags.PR_ENTRYID), false);
    const [file, ...others] = attachments(message);
    assert.deepEqual(others, []);
    assert.equal(file!.properties.get(tags.PR_ATTACH_LONG_FILENAME), 'a long name.txt');
    assert.equal(file!.properties.get(tags.PR_ATTACH_MIME_TAG), 'text/plain');
    assert.deepEqual(file!.properties.get(tags.PR_ATTACH_DATA_BIN), Buffer.from('the data'));
  }
});

test('HTML that RTF wraps is the HTML body', async () => {
  const rtf = "{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag64 <p>}Gr\\u252?\\'dfe{\\*\\htmltag72 </p>}}";
  const message = await convert(
    mailWith(writeTnef([{ tag: tags.PR_RTF_COMPRESSED, value: wrapRtf(Buffer.from(rtf, 'latin1')) }])),
  );
  assert.match(String(message.properties.get(tags.PR_HTML)), /<p>.*Grüße.*<\/p>/s);
  assert.equal(message.properties.get(tags.PR_INTERNET_CPID), 65001);
  assert.deepEqual(message.properties.get(tags.PR_RTF_COMPRESSED), wrapRtf(Buffer.from(rtf, 'latin1')));
});

test('messages in a winmail.dat open as messages', async () => {
  const inner = writeTnef([{ tag: tags.PR_SUBJECT, value: 'inner' }]);
  const data = Buffer.concat([Buffer.alloc(16, 2), inner]);
  // PT_OBJECT is written as PT_BINARY is.
  const list = propertyList([
    { tag: tags.PR_ATTACH_METHOD, value: ATTACH_EMBEDDED_MSG },
    { tag: tags.PR_ATTACH_DATA_BIN, value: data },
  ]);
  list.writeUInt16LE(PT_OBJECT, list.indexOf(Buffer.from([PT_BINARY & 0xff, PT_BINARY >> 8, 0x01, 0x37])));
  const message = await convert(
    mailWith(
      Buffer.concat([writeTnef([]), attribute(2, 0x00069002, ATTACHMENT_BEGIN), attribute(2, 0x00069005, list)]),
    ),
  );
  const [attachment] = attachments(message);
  assert.equal(attachment!.properties.get(tags.PR_ATTACH_METHOD), ATTACH_EMBEDDED_MSG);
  assert.equal(attachment!.children[0]!.properties.get(tags.PR_SUBJECT), 'inner');
});

test('a winmail.dat that is damaged stays a file', async () => {
  const tnef = writeTnef([{ tag: tags.PR_SUBJECT, value: 'x' }]);
  const damaged = tnef.subarray(0, tnef.length - 20);
  const [file] = attachments(await convert(mailWith(damaged)));
  assert.equal(file!.properties.get(tags.PR_ATTACH_LONG_FILENAME), 'winmail.dat');
  assert.deepEqual(file!.properties.get(tags.PR_ATTACH_DATA_BIN), damaged);
});

test('a request for a task goes and comes with all its properties', async () => {
  const message: ObjectTree = {
    kind: 5,
    properties: new Map<number, string | number>([
      [tags.PR_MESSAGE_CLASS, 'IPM.TaskRequest'],
      [tags.PR_SUBJECT, 'Please do'],
      [tags.PR_BODY, 'this'],
      [NAMED_TAGS.PidLidTaskStatus, 1],
    ]),
    children: [],
  };
  const { raw } = await messageToMail(message, {
    purpose: 'send',
    now: NOW,
    namesOf: async (asked) => new Map(asked.map((tag) => [tag, NAMED_PROPERTIES.PidLidTaskStatus])),
  });
  const arrived = await convert(raw);
  assert.equal(arrived.properties.get(tags.PR_MESSAGE_CLASS), 'IPM.TaskRequest');
  assert.equal(arrived.properties.get(NAMED_TAGS.PidLidTaskStatus), 1);
  assert.equal(attachments(arrived).length, 0);
});

test('a body in RTF of its own goes as RTF, with the plain text beside it', async () => {
  const rtf = wrapRtf(Buffer.from('{\\rtf1\\ansi {\\b bold}}'));
  const { raw } = await messageToMail(
    {
      kind: 5,
      properties: new Map<number, string | Buffer>([
        [tags.PR_MESSAGE_CLASS, 'IPM.Note'],
        [tags.PR_BODY, 'bold'],
        [tags.PR_RTF_COMPRESSED, rtf],
      ]),
      children: [],
    },
    { purpose: 'send', now: NOW },
  );
  const arrived = await convert(raw);
  assert.equal(String(arrived.properties.get(tags.PR_BODY)).trim(), 'bold');
  assert.deepEqual(arrived.properties.get(tags.PR_RTF_COMPRESSED), rtf);
});
