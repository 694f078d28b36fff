import libqp from 'libqp';
import { decodeUuencoded } from './uuencode.ts';

/** Bytes of base64 that are turned into text at once, so that a large attachment isn't in memory three times. */
const STEP_BYTES = 64 * 1024;
const QUANTUM = 4;

/**
 * The content of a part behind its Content-Transfer-Encoding (RFC 2045 6);
 * undefined for an encoding nobody knows, whose bytes then can't be shown as what
 * they claim to be (RFC 2045 6.4).
 */
export function decodeTransfer(body: Buffer, encoding: string): Buffer | undefined {
  switch (encoding) {
    case '':
    case '7bit':
    case '7-bit':
    case '8bit':
    case '8-bit':
    case 'binary':
    case 'none':
    case '7bits':
    case '8bits':
    case '7 bit':
    case '8 bit':
    case 'identity':
      return body;
    case 'base64':
    case 'base-64':
    case 'base 64':
      return decodeBase64(body);
    case 'quoted-printable':
    case 'quoted printable':
      return libqp.decode(body);
    case 'uuencode':
    case 'x-uuencode':
    case 'x-uue':
      return decodeUuencoded(body);
    default:
      return undefined;
  }
}

/**
 * Whatever is no letter of the alphabet is passed over (RFC 2045 6.8). Padding
 * ends a block; another one may follow, as some senders join blocks.
 */
function decodeBase64(body: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(Math.ceil((body.length * 3) / QUANTUM) + QUANTUM);
  let length = 0;
  let rest = '';
  for (let position = 0; position < body.length; position += STEP_BYTES) {
    const step = rest + body.toString('latin1', position, position + STEP_BYTES).replace(/[^A-Za-z0-9+/=]/g, '');
    const last = position + STEP_BYTES >= body.length;
    const whole = last ? step.length : step.length - (step.length % QUANTUM);
    // A block that padding ends need not end at a quantum of the whole text.
    if (step.includes('=')) {
      const blocks = step.match(/[^=]+=*/g) ?? [];
      const tail = last || step.endsWith('=') ? '' : (blocks.pop() ?? '');
      for (const block of blocks) length += decoded.write(block, length, 'base64');
      rest = tail;
    } else {
      length += decoded.write(step.slice(0, whole), length, 'base64');
      rest = step.slice(whole);
    }
  }
  return decoded.subarray(0, length);
}
