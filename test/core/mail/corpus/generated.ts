import { PR_SUBJECT } from '../../../../core/mapi/tags.ts';
import { writeTnef } from '../../../../core/mapi/tnef/writer.ts';
import { Random } from './random.ts';
import {
  base64,
  encode,
  headerText,
  LANGUAGES,
  type Language,
  paragraphs,
  quotedPrintable,
  sentence,
} from './words.ts';

/*
 * Mails as the programs of the world write them, put together by hand and not by a
 * library: each seed makes another one, the same in every run.
 */

/** A part with its header; strings hold one character a byte. */
interface Piece {
  readonly fields: readonly string[];
  readonly body: string;
}

interface Scene {
  readonly random: Random;
  readonly language: Language;
  readonly charset: string;
  depth: number;
}

/** The mail of a seed. */
export function generatedMail(seed: number): Buffer {
  const random = new Random(seed);
  const language = LANGUAGES[seed % LANGUAGES.length]!;
  const scene: Scene = { random, language, charset: random.pick(language.charsets), depth: 0 };
  const shape = SHAPES[seed % SHAPES.length]!;
  const mail = wholeMail(scene, shape(scene), seed);
  return Buffer.from(random.chance(8) ? mail.replaceAll('\r\n', '\n') : mail, 'latin1');
}

function wholeMail(scene: Scene, content: Piece, seed: number): string {
  const { random, language, charset } = scene;
  const mailbox = (): string => {
    const name = random.pick(language.names);
    const address = `user${random.below(50)}@${random.pick(['example.org', 'mail.example.net', 'Example.COM'])}`;
    if (random.chance(20)) return address;
    return /^[\x20-\x7e]*$/.test(name)
      ? `"${name.replaceAll('"', '\\"')}" <${address}>`
      : `${headerText(random, name, charset)} <${address}>`;
  };
  const list = (most: number): string => Array.from({ length: 1 + random.below(most) }, mailbox).join(',\r\n\t');
  const date = new Date(
    Date.UTC(2001 + random.below(25), random.below(12), 1 + random.below(28), random.below(24), 7, 9),
  );
  const zone = random.pick(['+0000', '-0500', '+0200', '+0530', 'GMT']);
  const subject = random.pick(['', 'Re: ', 'AW: ', 'Fwd: ']) + sentence(random, language, 1 + random.below(12));
  const optional = (percent: number, ...fields: string[]): string[] => (random.chance(percent) ? fields : []);
  const header = [
    ...optional(60, `Return-Path: <bounce${seed}@example.net>`),
    ...optional(
      70,
      `Received: from mx.example.net (mx.example.net [192.0.2.${random.below(250)}])\r\n\tby in.example.org with ESMTPS id ${seed}x\r\n\tfor <user@example.org>; ${date.toUTCString().replace('GMT', '+0000')}`,
    ),
    `From: ${mailbox()}`,
    ...optional(15, `Sender: ${mailbox()}`),
    ...optional(20, `Reply-To: ${list(2)}`),
    ...optional(95, `To: ${random.chance(5) ? 'undisclosed-recipients:;' : list(5)}`),
    ...optional(30, `Cc: ${list(3)}`),
    `Subject: ${headerText(random, subject, charset)}`,
    `Date: ${date.toUTCString().replace('GMT', zone)}`,
    ...optional(95, `Message-ID: <${seed}.${random.below(1e6)}@mail.example.net>`),
    ...optional(
      40,
      `In-Reply-To: <${seed - 1}@mail.example.net>`,
      `References: <${seed - 2}@mail.example.net>\r\n <${seed - 1}@mail.example.net>`,
    ),
    ...optional(
      15,
      `Thread-Topic: ${headerText(random, sentence(random, language, 3), charset)}`,
      `Thread-Index: ${random.bytes(22).toString('base64')}`,
    ),
    ...optional(15, `X-Priority: ${random.pick(['1', '3 (Normal)', '5'])}`),
    ...optional(10, `Importance: ${random.pick(['high', 'low', 'Normal'])}`),
    ...optional(8, `Sensitivity: ${random.pick(['Private', 'Personal', 'Company-Confidential'])}`),
    ...optional(8, `Disposition-Notification-To: ${mailbox()}`),
    ...optional(
      15,
      'List-Id: <list.example.net>',
      'List-Unsubscribe: <https://example.net/unsubscribe?u=1>,\r\n <mailto:leave@example.net>',
      'Precedence: list',
    ),
    ...optional(40, `X-Mailer: ${random.pick(['Apple Mail (2.3445)', 'Microsoft Outlook 16.0', 'Mutt/1.5'])}`),
    ...optional(10, 'Auto-Submitted: auto-generated'),
    'MIME-Version: 1.0',
    ...content.fields,
  ];
  return `${header.join('\r\n')}\r\n\r\n${content.body}\r\n`;
}

const boundary = (scene: Scene): string =>
  `${scene.random.pick(['----=_Part_', '--_000_', 'Apple-Mail=_', 'b1_', '===============', '='])}${scene.random.below(1e9)}_${scene.depth++}`;

function multipart(scene: Scene, subtype: string, parts: readonly Piece[]): Piece {
  const mark = boundary(scene);
  const body = parts
    .map(({ fields, body: content }) => `--${mark}\r\n${fields.join('\r\n')}\r\n\r\n${content}\r\n`)
    .join('');
  const preamble = scene.random.chance(30) ? 'This is a multi-part message in MIME format.\r\n' : '';
  return {
    fields: [`Content-Type: multipart/${subtype};\r\n boundary="${mark}"`],
    body: `${preamble}${body}--${mark}--\r\n`,
  };
}

function text(scene: Scene, subtype: string, content: string, parameters = ''): Piece {
  const { random, charset } = scene;
  const bytes = encode(content, charset);
  const kind = random.pick(['quoted-printable', 'base64', '8bit']);
  const encoding = charset === 'us-ascii' ? '7bit' : kind;
  const body =
    encoding === 'quoted-printable'
      ? quotedPrintable(bytes)
      : encoding === 'base64'
        ? base64(bytes)
        : bytes.toString('latin1');
  return {
    fields: [
      `Content-Type: text/${subtype}; charset=${random.chance(50) ? `"${charset}"` : charset}${parameters}`,
      `Content-Transfer-Encoding: ${encoding}`,
    ],
    body,
  };
}

const plain = (scene: Scene): Piece => text(scene, 'plain', paragraphs(scene.random, scene.language));
const flowed = (scene: Scene): Piece =>
  text(scene, 'plain', paragraphs(scene.random, scene.language).replace(/((?:\S+ ){6})/g, '$1\r\n'), '; format=flowed');

function html(scene: Scene, images = ''): Piece {
  const content = paragraphs(scene.random, scene.language)
    .split('\r\n\r\n')
    .map((each) => `<p style="margin:0">${each}</p>`)
    .join('\r\n');
  const meta = scene.random.chance(50)
    ? `<meta http-equiv="Content-Type" content="text/html; charset=${scene.charset}">`
    : '';
  return text(
    scene,
    'html',
    `<html><head>${meta}</head><body>${content}${images}<a href="https://example.net/?a=1&amp;b=2">link</a></body></html>`,
  );
}

const FILES: readonly [string, string][] = [
  ['report.pdf', 'application/pdf'],
  ['image.PNG', 'image/png'],
  ['data.csv', 'text/csv'],
  ['Übersicht Größen.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['資料.zip', 'application/zip'],
  ['contact.vcf', 'text/vcard'],
  ['invite.ics', 'text/calendar'],
  ['noextension', 'application/octet-stream'],
  ['a "quoted" name.txt', 'text/plain'],
];

function fileName(random: Random, name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return `filename="${name.replaceAll('"', '\\"')}"`;
  const utf8 = Buffer.from(name);
  if (random.chance(40)) return `filename="=?utf-8?B?${utf8.toString('base64')}?="`;
  const escaped = [...utf8].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  if (random.chance(50)) return `filename*=utf-8''${escaped}`;
  return `filename*0*=utf-8''${escaped.slice(0, 30)};\r\n filename*1*=${escaped.slice(30)}`;
}

function file(scene: Scene, contentId?: string): Piece {
  const { random } = scene;
  const [name, type] = contentId ? FILES[1]! : random.pick(FILES);
  return {
    fields: [
      `Content-Type: ${type}`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: ${contentId ? 'inline' : 'attachment'};\r\n ${fileName(random, name)}`,
      ...(contentId ? [`Content-ID: <${contentId}>`] : []),
    ],
    body: base64(random.bytes(1 + random.below(3000))),
  };
}

const files = (scene: Scene): Piece[] => Array.from({ length: 1 + scene.random.below(4) }, () => file(scene));

function related(scene: Scene): Piece {
  const ids = Array.from(
    { length: 1 + scene.random.below(3) },
    (_, index) => `image${index}.${scene.random.below(1e6)}@example.net`,
  );
  return multipart(scene, 'related', [
    html(scene, ids.map((id) => `<img src="cid:${id}">`).join('')),
    ...ids.map((id) => file(scene, id)),
  ]);
}

const message = (scene: Scene, content: Piece): Piece => ({
  fields: ['Content-Type: message/rfc822', 'Content-Disposition: attachment'],
  body: wholeMail(scene, content, scene.random.below(1e6)),
});

const report = (scene: Scene, type: string, fields: string): Piece =>
  multipart(scene, `report; report-type=${type}`, [
    plain(scene),
    {
      fields: [`Content-Type: message/${type === 'delivery-status' ? type : 'disposition-notification'}`],
      body: fields,
    },
    {
      fields: ['Content-Type: text/rfc822-headers'],
      body: 'Subject: original\r\nMessage-ID: <original@example.org>\r\n',
    },
  ]);

const DELIVERY =
  'Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; gone@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n';
const DISPOSITION =
  'Reporting-UA: test\r\nFinal-Recipient: rfc822;anna@example.org\r\nOriginal-Message-ID: <original@example.org>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n';

const signature = (type: string, name: string, content: string): Piece => ({
  fields: [`Content-Type: ${type}; name="${name}"`, `Content-Disposition: attachment; filename="${name}"`],
  body: content,
});

const SHAPES: readonly ((scene: Scene) => Piece)[] = [
  plain,
  flowed,
  html,
  (scene) => multipart(scene, 'alternative', [plain(scene), html(scene)]),
  (scene) => multipart(scene, 'mixed', [plain(scene), ...files(scene)]),
  (scene) => multipart(scene, 'alternative', [plain(scene), related(scene)]),
  (scene) => multipart(scene, 'related', [multipart(scene, 'alternative', [plain(scene), html(scene)])]),
  (scene) =>
    multipart(scene, 'mixed', [multipart(scene, 'alternative', [plain(scene), related(scene)]), ...files(scene)]),
  (scene) =>
    multipart(scene, 'mixed', [
      plain(scene),
      message(scene, multipart(scene, 'mixed', [html(scene), ...files(scene)])),
    ]),
  (scene) => multipart(scene, 'mixed', [plain(scene), ...files(scene), text(scene, 'plain', 'list footer')]),
  (scene) => multipart(scene, 'digest', [message(scene, plain(scene)), message(scene, html(scene))]),
  (scene) => report(scene, 'delivery-status', DELIVERY),
  (scene) => report(scene, 'disposition-notification', DISPOSITION),
  (scene) =>
    multipart(scene, 'signed; micalg=pgp-sha256; protocol="application/pgp-signature"', [
      plain(scene),
      signature(
        'application/pgp-signature',
        'signature.asc',
        '-----BEGIN PGP SIGNATURE-----\r\n\r\nabc=\r\n-----END PGP SIGNATURE-----',
      ),
    ]),
  (scene) =>
    multipart(scene, 'signed; micalg=sha-256; protocol="application/pkcs7-signature"', [
      multipart(scene, 'mixed', [plain(scene), ...files(scene)]),
      {
        ...file(scene),
        fields: ['Content-Type: application/pkcs7-signature; name=smime.p7s', 'Content-Transfer-Encoding: base64'],
      },
    ]),
  (scene) =>
    multipart(scene, 'encrypted; protocol="application/pgp-encrypted"', [
      { fields: ['Content-Type: application/pgp-encrypted'], body: 'Version: 1' },
      signature(
        'application/octet-stream',
        'encrypted.asc',
        '-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----',
      ),
    ]),
  (scene) => ({
    ...file(scene),
    fields: [
      'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m',
      'Content-Transfer-Encoding: base64',
    ],
  }),
  (scene) =>
    multipart(scene, 'mixed', [
      plain(scene),
      {
        fields: ['Content-Type: application/ms-tnef; name="winmail.dat"', 'Content-Transfer-Encoding: base64'],
        body: base64(writeTnef([{ tag: PR_SUBJECT, value: 'of the TNEF' }])),
      },
    ]),
  (scene) => file(scene),
  (scene) =>
    multipart(scene, 'mixed', [
      multipart(scene, 'mixed', [plain(scene), message(scene, message(scene, plain(scene)))]),
      file(scene),
    ]),
];
