/** The bytes are no TNEF (MS-OXTNEF), or end in the middle of something. */
export class NotTnefError extends Error {
  override readonly name = 'NotTnefError';
}

/** Reads little-endian values one after the other. Throws {@link NotTnefError} where there are too few bytes. */
export class TnefReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#position;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new NotTnefError(`${length} bytes are missing at ${this.#position}`);
    const taken = this.#bytes.subarray(this.#position, this.#position + length);
    this.#position += length;
    return taken;
  }

  uint8(): number {
    return this.take(1).readUInt8(0);
  }

  uint16(): number {
    return this.take(2).readUInt16LE(0);
  }

  uint32(): number {
    return this.take(4).readUInt32LE(0);
  }

  /** A value of any length with the zeros that align what follows; the last one may lack them. */
  aligned(length: number): Buffer {
    const value = this.take(length);
    const padding = (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;
    this.take(Math.min(padding, this.left));
    return value;
  }
}

const ALIGNMENT = 4;
