import { type DestinationStream, type Logger, pino } from 'pino';
import { environment, optionalEnv } from './configuration.ts';
import type { Log } from './log.ts';

/**
 * A log of JSON lines on stdout, as CloudWatch Logs reads them. An error under
 * `error` is written with its stack and causes.
 *
 * @param name the function's name, in every line
 * @param destination where lines go instead of stdout
 */
export function openLog(name: string, destination?: DestinationStream): Log {
  return pino(
    {
      level: optionalEnv(environment.logLevel) ?? 'info',
      base: { function: name },
      messageKey: 'message',
      errorKey: 'error',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous: what a function says just before it dies is what one wants to read.
    destination ?? pino.destination({ sync: true }),
  ) satisfies Logger;
}
