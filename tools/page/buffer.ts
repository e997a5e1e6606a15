/** Node's Buffer for a browser, with the encoding that the package lacks. */
import { Buffer as Base } from 'buffer/';

type Encoded = (this: Uint8Array, ...rest: unknown[]) => unknown;
const bytes = Base.prototype as unknown as { toString: Encoded; write: Encoded };
const from = Base.from.bind(Base) as (...all: unknown[]) => unknown;
const known = { toString: bytes.toString, write: bytes.write };

const plain = (encoding: unknown): unknown => (encoding === 'base64url' ? 'base64' : encoding);

// Its decoder of base64 reads the other alphabet too.
(Base as unknown as { from: unknown }).from = (value: unknown, encoding?: unknown, length?: unknown): unknown =>
  from(value, plain(encoding), length);

bytes.write = function (...rest) {
  return known.write.apply(this, rest.map(plain));
};

bytes.toString = function (encoding, ...rest) {
  const text = known.toString.call(this, plain(encoding), ...rest) as string;
  return encoding === 'base64url' ? text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') : text;
};

export const Buffer = Base;

export function isUtf8(input: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(input);
    return true;
  } catch {
    return false;
  }
}
