import type { Identity } from '../../directory/identity.ts';
import type { Principal } from '../../directory/principal.ts';
import type { ObjectTree } from '../../mapi/object-tree.ts';
import type { Properties, Property } from '../../mapi/property.ts';
import type { Log } from '../../platform/log.ts';
import type { Platform } from '../../platform/platform.ts';
import type { Placement } from '../../store/delivery.ts';
import type { LoadedTarget } from '../../store/target.ts';
import type { Refusal } from '../bounce.ts';
import type { DeliverySettings } from '../delivery-settings.ts';
import type { OutgoingMail } from '../outgoing.ts';
import type { Receipt } from '../receipt-notification.ts';

/** What rules are applied to, and with what. */
export interface RuleScene {
  readonly platform: Platform;
  readonly settings: DeliverySettings;
  readonly log: Log;
  readonly receipt: Receipt;
  /** The mail as it came. */
  readonly raw: Buffer;
  /** Whose rules they are. */
  readonly recipient: Principal;
  /** Rules do what their owner may do. */
  readonly identity: Identity;
  /** Where the message arrives. */
  readonly inbox: LoadedTarget;
  /** The owner's out-of-office message applies now. */
  readonly isAway: boolean;
}

/** A message on its way through the rules. Actions change it. */
export class RuleRun {
  readonly scene: RuleScene;
  #message: ObjectTree;
  readonly placements: Placement[] = [];
  readonly mails: OutgoingMail[] = [];
  /** Sent once a while to each sender. */
  awayReply: OutgoingMail | undefined;
  /** A copy lies elsewhere, and none belongs into the inbox. */
  moved = false;
  deleted = false;
  forwarded = false;
  refusal: Refusal | undefined;

  constructor(scene: RuleScene, message: ObjectTree) {
    this.scene = scene;
    this.#message = message;
  }

  get message(): ObjectTree {
    return this.#message;
  }

  /** Gives the message further properties. */
  set(...properties: readonly Property[]): void {
    const all: Properties = new Map(this.#message.properties);
    for (const { tag, value } of properties) all.set(tag, value);
    this.#message = { ...this.#message, properties: all };
  }

  /** The next name for a mail that this delivery sends. */
  mailName(kind: string): string {
    return `${kind} ${this.mails.length}`;
  }
}
