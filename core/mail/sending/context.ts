import type { Mailer } from '../../platform/mailer.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Queue } from '../../platform/queue.ts';
import type { Spool } from '../../platform/spool.ts';
import type { SendingSettings } from './settings.ts';

/** What sending needs of the world. */
export interface SendingContext {
  readonly platform: Platform & { readonly spool: Spool };
  readonly mailer: Mailer;
  /** Where jobs go that failed for good; an operator looks at them. */
  readonly deadLetters: Queue;
  readonly settings: SendingSettings;
}
