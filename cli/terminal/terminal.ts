import type { Readable, Writable } from 'node:stream';

/** An output and whether people look at it. */
export interface Output extends Pick<Writable, 'write'> {
  readonly isTTY?: boolean;
  /** Width in characters, of a terminal; 0 if it doesn't know. */
  readonly columns?: number;
}

/** What the command line is connected to. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}
