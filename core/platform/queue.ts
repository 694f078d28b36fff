/** The queue port: jobs that outlive the function that makes them. */
export interface Queue {
  /**
   * Puts one job on the queue. When this resolves, the job is stored and will
   * be delivered at least once; consumers must be safe to repeat.
   *
   * @param body any text of at most 1 MiB in UTF-8 (SQS allows no control characters but tab, CR and LF)
   */
  send(body: string, options?: SendOptions): Promise<void>;
}

export interface SendOptions {
  /** Seconds before a consumer sees the job, 0 to 900; not on FIFO queues. */
  readonly delaySeconds?: number;
  /** FIFO queues only: jobs of one group are consumed in the order of sending. */
  readonly groupId?: string;
  /** FIFO queues only: jobs with the same id within 5 minutes are one job. */
  readonly deduplicationId?: string;
}

/** The job is larger than the queue takes. */
export class JobTooLargeError extends Error {
  override readonly name = 'JobTooLargeError';
}
