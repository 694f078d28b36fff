import { setTimeout as pause } from 'node:timers/promises';
import type { RDSDataClient } from '@aws-sdk/client-rds-data';
import { classify, portError } from './data-api-errors.ts';

/** The members of every request. */
export interface CommonInput {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

/** Whether a call may be sent again when it isn't known whether it had an effect. */
export type Repeat = 'once' | 'repeatable';

/** A paused cluster takes about 15 s to resume; with this bound the answer still passes a gateway of 29 s. */
const DEFAULT_PATIENCE_MS = 25_000;
/** Calls that failed for an unknown reason will most likely do so again. */
const UNKNOWN_TRIES = 3;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

/** Sends requests, counts them, and repeats those that can't have had an effect. */
export class DataApiCalls {
  roundTrips = 0;
  readonly #client: RDSDataClient;
  readonly #common: CommonInput;
  readonly #patienceMs: number;
  readonly #parent: DataApiCalls | undefined;

  constructor(client: RDSDataClient, settings: CommonInput & { readonly patienceMs?: number }, parent?: DataApiCalls) {
    const { resourceArn, secretArn, database } = settings;
    this.#client = client;
    this.#common = { resourceArn, secretArn, database };
    this.#patienceMs = settings.patienceMs ?? DEFAULT_PATIENCE_MS;
    this.#parent = parent;
  }

  /** The same calls with a count of their own; they count for this one too. */
  counted(): DataApiCalls {
    return new DataApiCalls(this.#client, { ...this.#common, patienceMs: this.#patienceMs }, this);
  }

  /** The answer to a call; throws the port's errors. */
  async send<Output>(
    call: (client: RDSDataClient, common: CommonInput) => Promise<Output>,
    repeat: Repeat,
  ): Promise<Output> {
    const deadline = Date.now() + this.#patienceMs;
    let tries = 0;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      tries += 1;
      this.#count();
      try {
        return await call(this.#client, this.#common);
      } catch (error) {
        const failure = classify(error);
        const mayRepeat =
          failure === 'not-executed' || (failure === 'unknown' && repeat === 'repeatable' && tries < UNKNOWN_TRIES);
        if (!mayRepeat || Date.now() + wait > deadline) throw portError(error);
        await pause(wait);
      }
    }
  }

  #count(): void {
    this.roundTrips += 1;
    if (this.#parent !== undefined) this.#parent.#count();
  }
}
