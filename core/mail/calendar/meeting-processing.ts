import type { NamedTags } from '../../mapi/named-properties.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import type { ReadonlyProperties } from '../../mapi/property.ts';
import type { Platform } from '../../platform/platform.ts';

/*
 * What becomes of a meeting message that arrived. After a message of a class
 * `IPM.Schedule.Meeting.*` was delivered, call
 *
 *   const outcome = await processMeeting(context, message, policy);
 *   if (outcome.response) await submit(outcome.response);
 *
 * It is safe to repeat: what is in the calendar already is only brought up to date.
 */

/** Whose calendar it is, and where. */
export interface MeetingContext {
  readonly platform: Platform;
  readonly tags: NamedTags;
  /** Principal who received the message and owns the calendar. */
  readonly owner: number;
  /** The owner's row of the address book (`principalProperties`). */
  readonly self: ReadonlyProperties;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What the owner wants done. */
export type MeetingPolicy =
  /** As kopano-mr-process: a request is entered as tentative, nobody is answered. */
  | { readonly kind: 'process' }
  /** As kopano-mr-accept: a resource answers by itself. */
  | {
      readonly kind: 'accept';
      readonly declineConflicts: boolean;
      readonly declineRecurring: boolean;
      /** How many meetings may be at the same time: PR_EMS_AB_ROOM_CAPACITY of equipment, otherwise 1. */
      readonly capacity: number;
    };

/** What was done. */
export interface MeetingOutcome {
  readonly done: 'nothing' | 'entered' | 'accepted' | 'declined' | 'cancelled' | 'answer recorded';
  /** Answer to the organiser, ready to be put into the outbox and submitted. */
  readonly response?: ObjectTree;
}

/** {@link MeetingContext} → what was done; see above. */
export type ProcessMeeting = (
  context: MeetingContext,
  message: ObjectTree,
  policy: MeetingPolicy,
) => Promise<MeetingOutcome>;
