/**
 * Exchanges between the genuine client and the genuine server, 11.0.2: pairs of
 * files `NAME.request.*` and `NAME.response.*`, byte for byte. A `.mime` file
 * begins with its Content-Type header.
 */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../golden/soap/', import.meta.url);

export interface RecordedMessage {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Exchange {
  readonly name: string;
  readonly request: RecordedMessage;
  readonly response: RecordedMessage;
}

function message(file: string): RecordedMessage {
  const bytes = readFileSync(new URL(file, folder));
  if (!file.endsWith('.mime')) return { contentType: 'text/xml; charset=utf-8', body: bytes };
  const end = bytes.indexOf('\r\n\r\n');
  return { contentType: bytes.toString('latin1', 'Content-Type: '.length, end), body: bytes.subarray(end + 4) };
}

export function exchanges(): Exchange[] {
  const files = readdirSync(folder);
  const fileOf = (name: string, side: string) => {
    const file = files.find((candidate) => candidate.startsWith(`${name}.${side}.`));
    if (file === undefined) throw new Error(`${name} has no ${side}`);
    return file;
  };
  return files
    .filter((file) => file.includes('.request.'))
    .map((file) => file.slice(0, file.indexOf('.request.')))
    .map((name) => ({
      name,
      request: message(fileOf(name, 'request')),
      response: message(fileOf(name, 'response')),
    }));
}
