import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { simpleParser } from 'mailparser';
import { mailToMessage } from '../../../core/mail/mail-to-message.ts';
import { messageToMail, type RenderSurroundings } from '../../../core/mail/message-to-mail.ts';
import { entryKey } from '../../../core/mail/render/entry-addresses.ts';
import { encodeAddressBookEntryId } from '../../../core/mapi/address-book-entry-id.ts';
import { ATTACH_BY_VALUE, ATTACH_EMBEDDED_MSG } from '../../../core/mapi/attachment-values.ts';
import { fileTimeFromMilliseconds } from '../../../core/mapi/file-time.ts';
import { IMPORTANCE_HIGH, SENSITIVITY_PRIVATE } from '../../../core/mapi/importance.ts';
import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH, MAPI_DISTLIST, MAPI_MAILUSER, MAPI_MESSAGE } from '../../../core/mapi/object-types.ts';
import type { PropertyTag, PropertyValue } from '../../../core/mapi/property.ts';
import { MAPI_BCC, MAPI_CC, MAPI_TO } from '../../../core/mapi/recipient-types.ts';
import * as tags from '../../../core/mapi/tags.ts';
import { type PrintedTree, printTree } from './printed-tree.ts';

const FOLDER = new URL('../../golden/mail/', import.meta.url);
const NOW = Date.UTC(2026, 10, 23, 20, 45, 40);

type Entries = [PropertyTag, PropertyValue][];
const message = (properties: Entries, children: ObjectTree[] = []): ObjectTree => ({
  kind: MAPI_MESSAGE,
  properties: new Map<PropertyTag, PropertyValue>([[tags.PR_MESSAGE_CLASS, 'IPM.Note'], ...properties]),
  children,
});
const recipient = (type: number, address: string, name = address): ObjectTree => ({
  kind: MAPI_MAILUSER,
  properties: new Map<PropertyTag, PropertyValue>([
    [tags.PR_RECIPIENT_TYPE, type],
    [tags.PR_DISPLAY_NAME, name],
    [tags.PR_ADDRTYPE, 'SMTP'],
    [tags.PR_EMAIL_ADDRESS, address],
  ]),
  children: [],
});
const attachment = (properties: Entries, children: ObjectTree[] = []): ObjectTree => ({
  kind: MAPI_ATTACH,
  properties: new Map<PropertyTag, PropertyValue>([[tags.PR_ATTACH_METHOD, ATTACH_BY_VALUE], ...properties]),
  children,
});
const SENDER: Entries = [
  [tags.PR_SENDER_NAME, 'Anna Demo'],
  [tags.PR_SENDER_ADDRTYPE, 'SMTP'],
  [tags.PR_SENDER_EMAIL_ADDRESS, 'anna@demo.local'],
];

const render = async (tree: ObjectTree, surroundings: Partial<RenderSurroundings> = {}): Promise<string> =>
  (await messageToMail(tree, { purpose: 'send', now: NOW, ...surroundings })).raw.toString('latin1');
const headerOf = (mail: string): string => mail.slice(0, mail.indexOf('\r\n\r\n')).replace(/\r\n(?=[ \t])/g, '');
const convert = async (mail: Buffer): Promise<PrintedTree> =>
  printTree((await mailToMessage(mail, { receivedAt: NOW })).message);
const kept = async (mail: Buffer): Promise<Buffer> => {
  const { message: tree } = await mailToMessage(mail, { receivedAt: NOW });
  return (await messageToMail(tree, { purpose: 'keep', now: NOW, boundary: 'test' })).raw;
};

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.eml'))) {
  test(`${file} comes back from its message as a mail that makes the same message`, async () => {
    const once = await kept(readFileSync(new URL(file, FOLDER)));
    const twice = await kept(once);
    assert.deepEqual(await convert(twice), await convert(once));
    assert.ok(!/[^\r]\n/.test(twice.toString('latin1')));
  });
}

test('hidden recipients are named in no mail that is sent', async () => {
  const tree = message(SENDER, [recipient(MAPI_TO, 'ben@demo.local'), recipient(MAPI_BCC, 'carla@demo.local')]);
  assert.doesNotMatch(await render(tree), /carla/);
  assert.match(await render(tree, { purpose: 'keep' }), /^Bcc: carla@demo.local/m);
});

test('a mail to hidden recipients alone has a To field all the same', async () => {
  assert.match(await render(message(SENDER, [recipient(MAPI_BCC, 'x@y.z')])), /^To: undisclosed-recipients:;/m);
});

test('who sends for somebody else is the sender', async () => {
  const header = headerOf(
    await render(
      message([
        ...SENDER,
        [tags.PR_SENT_REPRESENTING_NAME, 'The Boss'],
        [tags.PR_SENT_REPRESENTING_EMAIL_ADDRESS, 'boss@demo.local'],
      ]),
    ),
  );
  assert.match(header, /^From: The Boss <boss@demo.local>$/m);
  assert.match(header, /^Sender: Anna Demo <anna@demo.local>$/m);
});

test('who is in the address book is named by mail address, all asked for at once', async () => {
  const entry = (id: number, objectType = MAPI_MAILUSER): Buffer =>
    encodeAddressBookEntryId({ objectType, id, externalId: Buffer.from(`id-${id}`) });
  const row = (kind: number, id: number, name: string): ObjectTree => ({
    kind,
    properties: new Map<PropertyTag, PropertyValue>([
      [tags.PR_RECIPIENT_TYPE, kind === MAPI_DISTLIST ? MAPI_CC : MAPI_TO],
      [tags.PR_DISPLAY_NAME, name],
      [tags.PR_ADDRTYPE, 'ZARAFA'],
      [tags.PR_EMAIL_ADDRESS, 'ben'],
      [tags.PR_EC_CONTACT_ENTRYID, entry(id, kind)],
    ]),
    children: [],
  });
  let asked = 0;
  const header = headerOf(
    await render(
      message(
        [
          [tags.PR_SENDER_NAME, 'Anna Demo'],
          [tags.PR_SENDER_ADDRTYPE, 'ZARAFA'],
          [tags.PR_SENDER_EMAIL_ADDRESS, 'anna'],
          [tags.PR_SENDER_ENTRYID, entry(1)],
        ],
        [row(MAPI_MAILUSER, 2, 'Ben Demo'), row(MAPI_DISTLIST, 3, 'Staff')],
      ),
      {
        resolveEntries: async (entryIds) => {
          asked += entryIds.length;
          return new Map([
            [entryKey(entry(1)), { name: 'Anna Demo', address: 'anna@demo.local' }],
            [entryKey(entry(2)), { name: 'Ben Demo', address: 'ben@demo.local' }],
            [entryKey(entry(3, MAPI_DISTLIST)), { name: 'Staff', address: '' }],
          ]);
        },
      },
    ),
  );
  assert.equal(asked, 3);
  assert.match(header, /^From: Anna Demo <anna@demo.local>$/m);
  assert.match(header, /^To: Ben Demo <ben@demo.local>$/m);
  assert.match(header, /^Cc: Staff:;$/m);
});

test('no property can begin a header field of its own', async () => {
  const evil = 'x\r\nBcc: evil@example.net\r\n\r\nbody';
  const mail = await render(
    message(
      [
        [tags.PR_SENDER_NAME, evil],
        [tags.PR_SENDER_EMAIL_ADDRESS, `a@b.c${evil}`],
        [tags.PR_SUBJECT, evil],
        [tags.PR_CONVERSATION_TOPIC, evil],
        [tags.PR_INTERNET_MESSAGE_ID, `<${evil}>`],
        [tags.PR_IN_REPLY_TO_ID, `<${evil}>`],
        [tags.PR_INTERNET_ORGANIZATION, evil],
        [tags.PR_TRANSPORT_MESSAGE_HEADERS, `Received: x\r\n\r\n${evil}`],
      ],
      [
        recipient(MAPI_TO, `c@d.e${evil}`, evil),
        attachment([
          [tags.PR_ATTACH_LONG_FILENAME, evil],
          [tags.PR_ATTACH_MIME_TAG, `text/plain${evil}`],
          [tags.PR_ATTACH_CONTENT_ID, evil],
          [tags.PR_ATTACH_CONTENT_LOCATION, evil],
          [tags.PR_ATTACH_DATA_BIN, Buffer.from('data')],
        ]),
      ],
    ),
    { furtherFields: [{ name: 'X-Further', value: evil }] },
  );
  assert.doesNotMatch(mail, /^bcc:/im);
});

test('the wishes of a message are header fields', async () => {
  const header = headerOf(
    await render(
      message([
        ...SENDER,
        [tags.PR_SUBJECT, 'Re: Grüße'],
        [tags.PR_CONVERSATION_TOPIC, 'Something else'],
        [tags.PR_CONVERSATION_INDEX, Buffer.alloc(22, 1)],
        [tags.PR_IMPORTANCE, IMPORTANCE_HIGH],
        [tags.PR_SENSITIVITY, SENSITIVITY_PRIVATE],
        [tags.PR_READ_RECEIPT_REQUESTED, true],
        [tags.PR_IN_REPLY_TO_ID, '<1@example.org>'],
        [tags.PR_INTERNET_REFERENCES, '<0@example.org> <1@example.org>'],
        [tags.PR_CLIENT_SUBMIT_TIME, fileTimeFromMilliseconds(NOW)],
        [tags.PR_INTERNET_MESSAGE_ID, '<2@demo.local>'],
      ]),
      { furtherFields: [{ name: 'Auto-Submitted', value: 'auto-replied' }] },
    ),
  );
  for (const field of [
    'Subject: =?UTF-8?Q?Re=3A_Gr=C3=BC=C3=9Fe?=',
    'Thread-Topic: Something else',
    `Thread-Index: ${Buffer.alloc(22, 1).toString('base64')}`,
    'X-Priority: 1 (Highest)',
    'Importance: high',
    'Sensitivity: Private',
    'Disposition-Notification-To: Anna Demo <anna@demo.local>',
    'In-Reply-To: <1@example.org>',
    'References: <0@example.org> <1@example.org>',
    'Date: Mon, 23 Nov 2026 20:45:40 +0000',
    'Message-ID: <2@demo.local>',
    'Auto-Submitted: auto-replied',
  ])
    assert.ok(header.split('\r\n').includes(field), `${field}\nis not in\n${header}`);
});

test('texts, pictures inside them, files and messages arrive at other mail programs', async () => {
  const inner = message([...SENDER, [tags.PR_SUBJECT, 'inner'], [tags.PR_BODY, 'inside\n']]);
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  const mail = await messageToMail(
    message(
      [
        ...SENDER,
        [tags.PR_SUBJECT, 'outer'],
        [tags.PR_BODY, 'plain'],
        [tags.PR_HTML, Buffer.from('<p>Grüße <img src="cid:dot@x"></p>')],
        [tags.PR_INTERNET_CPID, 65001],
      ],
      [
        attachment([
          [tags.PR_ATTACH_NUM, 0],
          [tags.PR_ATTACH_LONG_FILENAME, 'dot.png'],
          [tags.PR_ATTACH_MIME_TAG, 'image/png'],
          [tags.PR_ATTACH_CONTENT_ID, 'dot@x'],
          [tags.PR_ATTACHMENT_HIDDEN, true],
          [tags.PR_ATTACH_DATA_BIN, png],
        ]),
        attachment([
          [tags.PR_ATTACH_NUM, 1],
          [tags.PR_ATTACH_LONG_FILENAME, 'Übersicht.bin'],
          [tags.PR_ATTACH_DATA_BIN, Buffer.from([0, 255, 13, 10, 10])],
        ]),
        attachment(
          [
            [tags.PR_ATTACH_NUM, 2],
            [tags.PR_ATTACH_METHOD, ATTACH_EMBEDDED_MSG],
          ],
          [inner],
        ),
      ],
    ),
    { purpose: 'send', now: NOW },
  );
  const parsed = await simpleParser(mail.raw, { skipImageLinks: true });
  assert.equal(parsed.subject, 'outer');
  assert.equal(parsed.text?.trim(), 'plain');
  assert.equal(String(parsed.html).trim(), '<p>Grüße <img src="cid:dot@x"></p>');
  const [dot, file, embedded] = parsed.attachments;
  assert.equal(dot!.related, true);
  assert.deepEqual(dot!.content, png);
  assert.equal(file!.filename, 'Übersicht.bin');
  assert.deepEqual(file!.content, Buffer.from([0, 255, 13, 10, 10]));
  assert.equal(embedded!.filename, 'inner.eml');
  assert.match(embedded!.content.toString(), /Subject: inner[\s\S]*inside/);
});

test('a read receipt is a disposition notification about the message that was read', async () => {
  const mail = await render(
    message(
      [
        ...SENDER,
        [tags.PR_MESSAGE_CLASS, 'REPORT.IPM.Note.IPNRN'],
        [tags.PR_SUBJECT, 'Read: x'],
        [tags.PR_BODY, 'was read'],
        [tags.PR_INTERNET_MESSAGE_ID, '<about@example.org>'],
      ],
      [recipient(MAPI_TO, 'bob@example.net')],
    ),
  );
  assert.match(headerOf(mail), /^Content-Type: multipart\/report; report-type=disposition-notification;/m);
  assert.match(mail, /^Original-Message-ID: <about@example.org>\r$/m);
  assert.match(mail, /^Final-Recipient: rfc822;anna@demo.local\r$/m);
  assert.match(mail, /^Disposition: manual-action\/MDN-sent-manually; displayed\r$/m);
  assert.doesNotMatch(headerOf(mail), /about@example.org/);
});

test('a mail that is sent on loses where it lay before, and keeps where it was', async () => {
  const mail = await render(
    message([
      ...SENDER,
      [
        tags.PR_TRANSPORT_MESSAGE_HEADERS,
        'Return-Path: <old@example.net>\r\nReceived: from a by b; Mon, 23 Nov 2026 20:45:37 +0000\r\n' +
          'DKIM-Signature: v=1\r\nList-Id: <list.example.net>\r\nX-Spam: yes',
      ],
    ]),
  );
  assert.match(mail, /^Received: from a by b/);
  assert.match(mail, /^List-Id: <list.example.net>\r$/m);
  assert.doesNotMatch(mail, /Return-Path|DKIM|X-Spam/);
});

const SIGNED_BY_PGP = [
  'From: a@example.net',
  'Subject: signed',
  'Content-Type: multipart/signed; micalg=pgp-sha256;\r\n protocol="application/pgp-signature";\r\n  boundary="x"',
  '',
  '--x',
  'Content-Type: text/plain;   charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Gr=C3=BC=C3=9Fe  =20',
  '--x',
  'Content-Type: application/pgp-signature; name=signature.asc',
  '',
  '-----BEGIN PGP SIGNATURE-----',
  'abc',
  '--x--',
  '',
].join('\r\n');

test('a mail signed by OpenPGP keeps every signed byte, and shows its text all the same', async () => {
  const { message: tree } = await mailToMessage(Buffer.from(SIGNED_BY_PGP), { receivedAt: NOW });
  assert.match(String(tree.properties.get(tags.PR_BODY)), /Grüße/);
  const again = await render(tree, { purpose: 'keep' });
  assert.ok(again.endsWith(SIGNED_BY_PGP.slice(SIGNED_BY_PGP.indexOf('Content-Type: multipart'))));
});

test('an answer to a signed mail is not the signed mail', async () => {
  const { message: tree } = await mailToMessage(Buffer.from(SIGNED_BY_PGP), { receivedAt: NOW });
  const answer = message([...SENDER, [tags.PR_BODY, 'my answer']], [...tree.children]);
  assert.match(await render(answer), /my answer/);
});

test('a mail encrypted by OpenPGP stays one', async () => {
  const encrypted = SIGNED_BY_PGP.replace('multipart/signed; micalg=pgp-sha256', 'multipart/encrypted')
    .replace('application/pgp-signature', 'application/pgp-encrypted')
    .replace(
      /Content-Type: text\/plain.*\r\nContent-T.*\r\n\r\n.*/,
      'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1',
    )
    .replace(
      'Content-Type: application/pgp-signature; name=signature.asc',
      'Content-Type: application/octet-stream; name=encrypted.asc',
    );
  const { message: tree } = await mailToMessage(Buffer.from(encrypted), { receivedAt: NOW });
  const again = await render(tree);
  assert.match(again, /^Content-Type: multipart\/encrypted; protocol="application\/pgp-encrypted";/m);
  assert.match(again, new RegExp(Buffer.from('-----BEGIN PGP SIGNATURE-----\r\nabc').toString('base64')));
});

test('large texts and files are written in pieces, and arrive whole', async () => {
  const file = Buffer.from(Array.from({ length: 200_003 }, (_, index) => (index * 7919) % 251));
  const text = Array.from({ length: 6_000 }, (_, index) => `Zeile ${index}: Grüße – ${'x'.repeat(index % 90)}  `).join(
    '\r\n',
  );
  const { raw } = await messageToMail(
    message(
      [[tags.PR_BODY, text]],
      [
        attachment([
          [tags.PR_ATTACH_LONG_FILENAME, 'large.bin'],
          [tags.PR_ATTACH_DATA_BIN, file],
        ]),
      ],
    ),
    { purpose: 'send', now: NOW },
  );
  const { message: arrived } = await mailToMessage(raw, { receivedAt: NOW });
  assert.equal(arrived.properties.get(tags.PR_BODY), text);
  const [data] = arrived.children.filter(({ kind }) => kind === MAPI_ATTACH);
  assert.ok(file.equals(data!.properties.get(tags.PR_ATTACH_DATA_BIN) as Buffer));
  assert.ok(
    raw
      .toString('latin1')
      .split('\r\n')
      .every((line) => line.length <= 78),
  );
});

test('a text that is too long to be laid out arrives as a file', async () => {
  const line = 'The quick brown fox\r\n';
  const body = line.repeat(Math.ceil((8 * 1024 * 1024 + 1) / line.length));
  const { message: arrived } = await mailToMessage(Buffer.from(`Subject: long\r\n\r\n${body}`), { receivedAt: NOW });
  assert.equal(arrived.properties.has(tags.PR_BODY), false);
  const [file] = arrived.children.filter(({ kind }) => kind === MAPI_ATTACH);
  assert.equal(String(file!.properties.get(tags.PR_ATTACH_DATA_BIN)), body);
});
