// `npm run send-mail`: sends a mail with text, HTML, an inline picture and an
// attachment to the local instance by SMTP, as a mail server of the world would.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap, main, SetUpError } from './bootstrap.mjs';

const USAGE = `usage: npm run send-mail -- [options]
  --to ADDRESS        recipient; may be repeated (default anna@demo.local)
  --from ADDRESS      sender (default "Ben Demo" <ben@demo.local>)
  --subject TEXT      default "Figures of the month"
  --text TEXT         what is written
  --attach FILE       instead of the small table; may be repeated
  --smtp HOST:PORT    mail in of the instance (default 127.0.0.1:2525)`;

/** A dot of 1 × 1, so that the mail has an inline picture. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const TABLE = 'month;visitors\nJanuary;1204\nFebruary;1377\nMarch;1690\n';

main(async () => {
  const options = parse();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  await bootstrap((line) => console.error(line));
  const { createTransport } = await import('nodemailer');
  const [host, port] = options.smtp.split(':');
  const transport = createTransport({ host, port: Number(port), ignoreTLS: true });
  try {
    const sent = await transport.sendMail(mail(options));
    console.log(`Sent ${sent.messageId} to ${sent.accepted.join(', ')}: ${sent.response}`);
    return 0;
  } catch (error) {
    throw new SetUpError(
      `The mail could not be sent to ${options.smtp}: ${error.message}\nDoes the instance run (npm start)? Its port for mail in is given with --smtp.`,
    );
  }
});

function parse() {
  const text = { type: 'string' };
  const texts = { type: 'string', multiple: true };
  try {
    return parseArgs({
      options: {
        to: { ...texts, default: ['anna@demo.local'] },
        from: { ...text, default: '"Ben Demo" <ben@demo.local>' },
        subject: { ...text, default: 'Figures of the month' },
        text: { ...text, default: 'Hello Anna,\n\nhere are the figures: visitors are up by 23 %.\n\nGrüße\nBen' },
        attach: texts,
        smtp: { ...text, default: '127.0.0.1:2525' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new SetUpError(`${error.message}\n\n${USAGE}`);
  }
}

function mail({ to, from, subject, text, attach }) {
  const files = attach?.map((file) => ({ path: path.resolve(process.env.INIT_CWD ?? '.', file) }));
  return {
    from,
    to,
    subject,
    text,
    html: `<p>${escaped(text).replaceAll('\n', '<br>')}</p><p><img src="cid:dot" alt="dot"></p>`,
    attachments: [
      { filename: 'dot.png', content: Buffer.from(DOT, 'base64'), cid: 'dot', contentDisposition: 'inline' },
      ...(files ?? [{ filename: 'figures.csv', content: TABLE, contentType: 'text/csv' }]),
    ],
  };
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
