import type { MailBucket } from './mail-bucket.ts';
import type { Queue } from './queue.ts';

/** The ways to the spooler: what a function needs that wants mail to be sent. */
export interface Spool {
  /** Jobs to be done now; a FIFO queue, so that what one sender submits leaves in that order. */
  readonly jobs: Queue;
  /** Jobs to be looked at later; a standard queue, because FIFO queues can't delay single messages. */
  readonly postponed: Queue;
  /** Where finished mails wait, under keys of their own. */
  readonly mails: MailBucket;
}
