import { pathToFileURL } from 'node:url';
import { type Handler, provideStreaming } from './streaming.ts';

/** The file exports no function `handler`. */
export class NoHandlerError extends Error {
  override readonly name = 'NoHandlerError';
}

/** Imports a function as Lambda does: environment first, then the module with all that it does at its top level. */
export async function loadHandler(file: string): Promise<Handler> {
  provideStreaming();
  const module = (await import(pathToFileURL(file).href)) as { handler?: unknown };
  if (typeof module.handler !== 'function') throw new NoHandlerError(`${file} exports no handler`);
  return module.handler as Handler;
}
