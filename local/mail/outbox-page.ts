import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import type { Log } from '../../core/platform/log.ts';
import { escapeXml } from '../endpoint/xml.ts';
import type { Outbox, SentMail } from './outbox.ts';

/** Mails on one page of the list. */
const PAGE_SIZE = 100;

/** Nothing may run, load or be framed elsewhere, whatever a mail contains. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
const BODY_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

interface Page {
  readonly status: number;
  readonly type: string;
  readonly policy: string;
  readonly body: string | Uint8Array;
  readonly download?: boolean;
}

/** A small web page that shows what was sent: a list, each mail with its HTML body in a sandbox, and its raw text. */
export function createOutboxPage(outbox: Outbox, log: Log): Server {
  return createServer((request, response) => {
    pageFor(request, outbox).then(
      (page) => send(response, page),
      (error: unknown) => {
        log.error({ error, url: request.url }, 'the page of sent mail failed');
        send(response, message(500, 'This page failed; the log says why.'));
      },
    );
  });
}

async function pageFor(request: IncomingMessage, outbox: Outbox): Promise<Page> {
  // A foreign web page could otherwise read this one under a name of its own that leads to 127.0.0.1.
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host)) return message(403, 'Only for this machine.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return message(405, 'Only to look at.');
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/') return list(outbox, url.searchParams.get('after') ?? undefined);
  const match = /^\/sent\/(\d{13}-[0-9a-f-]+)(?:\/(html|raw|attachments\/(\d+)))?$/.exec(url.pathname);
  const found = match && (await outbox.read(match[1]!));
  if (!found) return message(404, 'There is no such mail.');
  if (match[2] === 'raw')
    return { status: 200, type: 'text/plain; charset=utf-8', policy: BODY_POLICY, body: found.raw };
  const parsed = await simpleParser(found.raw, { skipTextToHtml: true });
  if (match[2] === 'html') return html(200, parsed.html || '', BODY_POLICY);
  if (match[3] !== undefined) return attachment(parsed, Number(match[3]));
  return mailPage(found.mail, parsed);
}

function list(outbox: Outbox, after: string | undefined): Page {
  const mails = outbox.list(PAGE_SIZE, after);
  const rows = mails.map(
    (mail) =>
      `<tr><td>${time(mail.sentAt)}</td><td>${escapeXml(mail.from)}</td><td>${escapeXml(mail.recipients.join(', '))}</td>` +
      `<td><a href="/sent/${mail.key}">${escapeXml(mail.subject) || '(no subject)'}</a></td><td>${mail.size}</td></tr>`,
  );
  const older = mails.length === PAGE_SIZE ? `<p><a href="/?after=${mails.at(-1)!.key}">Older mail</a></p>` : '';
  const table = `<table><tr><th>Sent</th><th>From</th><th>To</th><th>Subject</th><th>Bytes</th></tr>${rows.join('')}</table>`;
  return html(200, layout('Sent mail', mails.length === 0 ? '<p>Nothing was sent yet.</p>' : table + older));
}

function mailPage(mail: SentMail, parsed: ParsedMail): Page {
  const fields: [string, string][] = [
    ['Subject', parsed.subject ?? ''],
    ['From', parsed.from?.text ?? ''],
    ['To', addresses(parsed.to)],
    ['Cc', addresses(parsed.cc)],
    ['Date', parsed.date ? time(parsed.date.getTime()) : ''],
    ['Envelope sender', mail.from],
    ['Envelope recipients', mail.recipients.join(', ')],
    ['SES message id', `${mail.messageId} (API ${mail.api})`],
  ];
  const rows = fields.filter(([, value]) => value !== '');
  const head = rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeXml(value)}</td></tr>`).join('');
  const files = parsed.attachments.map(
    (file, index) =>
      `<li><a href="/sent/${mail.key}/attachments/${index}">${escapeXml(file.filename ?? '(no name)')}</a> ` +
      `(${escapeXml(file.contentType)}, ${file.size} bytes)</li>`,
  );
  const text = parsed.text ? `<h2>Text</h2><pre>${escapeXml(parsed.text)}</pre>` : '';
  const frame = parsed.html
    ? `<h2>HTML</h2><iframe sandbox="" src="/sent/${mail.key}/html" title="HTML body"></iframe>`
    : '';
  const list = files.length > 0 ? `<h2>Attachments</h2><ul>${files.join('')}</ul>` : '';
  const links = `<p><a href="/">All mail</a> · <a href="/sent/${mail.key}/raw">Raw message</a></p>`;
  return html(200, layout(parsed.subject ?? '(no subject)', `${links}<table>${head}</table>${text}${frame}${list}`));
}

function attachment(parsed: ParsedMail, index: number): Page {
  const file = parsed.attachments[index];
  if (!file) return message(404, 'There is no such attachment.');
  // Whatever type it claims, a browser must save it and not show it.
  return { status: 200, type: 'application/octet-stream', policy: BODY_POLICY, body: file.content, download: true };
}

function addresses(field: AddressObject | AddressObject[] | undefined): string {
  return [field ?? []]
    .flat()
    .map((address) => address.text)
    .join(', ');
}

function layout(title: string, content: string): string {
  const style =
    'body{font:15px/1.4 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}' +
    'table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:left;' +
    'vertical-align:top;overflow-wrap:anywhere}pre{white-space:pre-wrap;background:#f4f4f4;padding:1em}' +
    'iframe{width:100%;height:30em;border:1px solid #ccc;background:#fff}';
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeXml(title)}</title><style>${style}</style>` +
    `</head><body><h1>${escapeXml(title)}</h1>${content}</body></html>`
  );
}

function html(status: number, body: string, policy = PAGE_POLICY): Page {
  return { status, type: 'text/html; charset=utf-8', policy, body };
}

function message(status: number, text: string): Page {
  return html(status, layout(text, '<p><a href="/">All mail</a></p>'));
}

function time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function send(response: ServerResponse, page: Page): void {
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-security-policy': page.policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    ...(page.download && { 'content-disposition': 'attachment' }),
  });
  response.end(page.body);
}
