import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mailToMessage } from '../../../core/mail/mail-to-message.ts';
import type { ObjectTree } from '../../../core/mapi/object-tree.ts';
import { MAPI_ATTACH } from '../../../core/mapi/object-types.ts';
import {
  PR_ATTACH_DATA_BIN,
  PR_ATTACH_LONG_FILENAME,
  PR_ATTACH_METHOD,
  PR_BODY,
  PR_HTML,
  PR_SUBJECT,
} from '../../../core/mapi/tags.ts';
import { composed, randomMail } from './random-mail.ts';

const RECEIVED_AT = Date.UTC(2026, 10, 23);
const convert = async (mail: Buffer | string): Promise<ObjectTree> => {
  const { message, unreadable } = await mailToMessage(Buffer.from(mail), { receivedAt: RECEIVED_AT });
  assert.equal(unreadable, undefined);
  return message;
};
const attachmentsOf = (message: ObjectTree): ObjectTree[] =>
  message.children.filter(({ kind }) => kind === MAPI_ATTACH);

test('whatever a mail program composes arrives: every attachment byte by byte, under its name, and the texts', async () => {
  await fc.assert(
    fc.asyncProperty(randomMail, async (mail) => {
      const message = await convert(await composed(mail));
      assert.equal(message.properties.get(PR_SUBJECT), mail.subject);
      const arrived = attachmentsOf(message).map(({ properties }) => ({
        name: properties.get(PR_ATTACH_LONG_FILENAME),
        content: (properties.get(PR_ATTACH_DATA_BIN) as Buffer).toString('base64'),
      }));
      const sent = mail.attachments.map(({ name, content }) => ({ name, content: content.toString('base64') }));
      const byName = (a: { name: unknown; content: string }, b: { name: unknown; content: string }): number =>
        `${a.name}\0${a.content}` < `${b.name}\0${b.content}` ? -1 : 1;
      assert.deepEqual(arrived.sort(byName), sent.sort(byName));
      if (mail.html !== undefined) assert.equal(String(message.properties.get(PR_HTML)).trimEnd(), mail.html);
      else if (mail.text !== undefined) assert.equal(String(message.properties.get(PR_BODY)).trimEnd(), mail.text);
    }),
    { numRuns: 300 },
  );
});

test('messages within messages arrive with their own attachments', async () => {
  const inner = await composed({
    subject: 'inner',
    text: 'x',
    html: undefined,
    attachments: [
      {
        name: 'a.bin',
        contentType: 'application/octet-stream',
        content: Buffer.of(0, 1, 2),
        encoding: 'base64',
        contentId: undefined,
      },
    ],
  });
  const outer = Buffer.concat([
    Buffer.from(
      'Subject: outer\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n',
    ),
    inner,
    Buffer.from('\r\n--o--\r\n'),
  ]);
  const [attachment] = attachmentsOf(await convert(outer));
  const [data] = attachmentsOf(attachment!.children[0]!);
  assert.deepEqual(data!.properties.get(PR_ATTACH_DATA_BIN), Buffer.of(0, 1, 2));
});

test('messages are opened nineteen levels deep; deeper ones are files', async () => {
  let mail = Buffer.from('Subject: 30\r\n\r\ninnermost\r\n');
  for (let level = 29; level >= 0; level--) {
    mail = Buffer.concat([Buffer.from(`Subject: ${level}\r\nContent-Type: message/rfc822\r\n\r\n`), mail]);
  }
  let message = await convert(mail);
  for (let level = 0; level < 19; level++) {
    assert.equal(message.properties.get(PR_SUBJECT), String(level));
    message = attachmentsOf(message)[0]!.children[0]!;
  }
  const [file] = attachmentsOf(message);
  assert.equal(file!.properties.get(PR_ATTACH_METHOD), 1);
  assert.match(String(file!.properties.get(PR_ATTACH_DATA_BIN)), /innermost/);
});

test('a thousand attachments arrive', async () => {
  const parts = Array.from(
    { length: 1000 },
    (_, index) => `--b\r\nContent-Disposition: attachment; filename=${index}.txt\r\n\r\n${index}\r\n`,
  );
  const message = await convert(
    `Subject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts.join('')}--b--\r\n`,
  );
  const contents = attachmentsOf(message).map(({ properties }) => String(properties.get(PR_ATTACH_DATA_BIN)));
  assert.deepEqual(
    contents,
    Array.from({ length: 1000 }, (_, index) => String(index)),
  );
});

const unreadable: [string, () => Buffer][] = [
  [
    'too many parts',
    () =>
      Buffer.from(
        `Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(2100)}--b--`,
      ),
  ],
  [
    'too many levels',
    () =>
      Buffer.from(
        `Subject: s\r\n${Array.from({ length: 102 }, (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`).join('')}\r\nx`,
      ),
  ],
  ['a header without end', () => Buffer.concat([Buffer.from('Subject: s\r\n'), Buffer.alloc(1_200_000, 'X-A: b\r\n')])],
];
for (const [what, mail] of unreadable) {
  test(`a mail with ${what} is delivered as a file, under its subject`, async () => {
    const raw = mail();
    const { message, unreadable: reason } = await mailToMessage(raw, { receivedAt: RECEIVED_AT });
    assert.ok(reason instanceof Error);
    assert.equal(message.properties.get(PR_SUBJECT), 's');
    assert.match(String(message.properties.get(PR_BODY)), /could not be read/);
    const [file] = attachmentsOf(message);
    assert.equal(file!.properties.get(PR_ATTACH_LONG_FILENAME), 'original.eml');
    assert.ok(raw.equals(file!.properties.get(PR_ATTACH_DATA_BIN) as Buffer));
  });
}

test('all addresses of a mail and of the messages in it are looked up at once', async () => {
  const asked: string[][] = [];
  await mailToMessage(
    Buffer.from(
      'From: A@x\r\nTo: b@x, B@X\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@x\r\n\r\n--b--',
    ),
    {
      receivedAt: RECEIVED_AT,
      resolveAddresses: async (addresses) => {
        asked.push([...addresses]);
        return new Map();
      },
    },
    ['D@x'],
  );
  assert.deepEqual(asked, [['d@x', 'a@x', 'b@x', 'c@x']]);
});
