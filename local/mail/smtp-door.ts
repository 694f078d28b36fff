import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Log } from '../../core/platform/log.ts';
import { MAX_INBOUND_BYTES, type MailExchange, MailTooLargeError } from './mail-exchange.ts';

/** Recipients of one message (Amazon SES quotas, email receiving). */
const MAX_INBOUND_RECIPIENTS = 100;

/** Connections at a time; more are told to come back (421). */
const MAX_CLIENTS = 50;

/**
 * Mail in by SMTP, for any recipient. It answers 250 only when the mail is in
 * the bucket and its event in the queue; 451 asks the sender to try again.
 */
export function createSmtpDoor(exchange: MailExchange, log: Log): SMTPServer {
  return new SMTPServer({
    banner: 'Local inbound mail',
    size: MAX_INBOUND_BYTES,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    maxClients: MAX_CLIENTS,
    closeTimeout: 2_000,
    logger: false,
    onRcptTo(_address, session, callback) {
      const full = session.envelope.rcptTo.length >= MAX_INBOUND_RECIPIENTS;
      callback(full ? smtpError(452, 'Too many recipients') : null);
    },
    onData(stream, session, callback) {
      receive(exchange, stream, session).then(
        (messageId) => callback(null, `OK ${messageId}`),
        (error: unknown) => {
          // What is left of the message must be read before an answer makes sense.
          stream.resume();
          if (error instanceof MailTooLargeError) return callback(smtpError(552, 'Message size exceeds fixed limit'));
          log.error({ error }, 'mail could not be stored');
          callback(smtpError(451, 'Temporary failure, please try again later'));
        },
      );
    },
  });
}

async function receive(
  exchange: MailExchange,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
): Promise<string> {
  const { mailFrom, rcptTo } = session.envelope;
  const from = mailFrom === false ? '' : mailFrom.address;
  const client = `${session.hostNameAppearsAs || 'unknown'} ([${session.remoteAddress}])`;
  const recipients = rcptTo.map((recipient) => recipient.address);
  // The stream outlives an error, so that the rest of the message can be read away.
  return exchange.receive({ from, recipients, client }, stream.iterator({ destroyOnReturn: false }));
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
