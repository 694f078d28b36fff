/** What API Gateway's REST APIs take in one request (Amazon API Gateway quotas: payload size 10 MB). */
export const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** Request line and header values together (Amazon API Gateway quotas: 10,240 bytes). */
export const MAX_HEADER_BYTES = 10_240;

/** What one invocation carries each way, the event or the result as JSON (AWS Lambda quotas: 6 MB). */
export const MAX_INVOCATION_BYTES = 6 * 1024 * 1024;

/** What a streamed answer may carry (AWS Lambda quotas: 200 MB). */
export const MAX_STREAM_BYTES = 200 * 1024 * 1024;

/** How long API Gateway waits for an answer that is not streamed. */
export const INTEGRATION_TIMEOUT_MS = 29_000;

/** How long a streamed answer may say nothing (regional endpoints: 5 minutes). */
export const STREAM_IDLE_TIMEOUT_MS = 5 * 60_000;

/** Idle connections live so long (Amazon API Gateway: 310 seconds). */
export const KEEP_ALIVE_MS = 310_000;
