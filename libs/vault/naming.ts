import { hmac } from '@ardoise/format';
import type { Naming } from './vault';

/** Names under an organisation's naming key. Each kind of name has its own label, so that none can stand for another. */
export class KeyedNaming implements Naming {
  constructor(private readonly key: Buffer) {}

  command(stream: string, commandId: string): Buffer {
    return hmac(this.key, ['ardoise/command/1', stream, commandId]);
  }

  stream(kind: string, commandId: string): string {
    return `${kind}-${this.short(['ardoise/stream/1', kind, commandId])}`;
  }

  id(label: string, ...parts: string[]): string {
    return this.short(['ardoise/id/1', label, ...parts]);
  }

  step(event: string, step: string): string {
    const bytes = hmac(this.key, ['ardoise/step/1', event, step]).subarray(0, 16);
    // RFC 9562, section 5.8: version 8 in the high half of byte 6, variant 10 in the two high bits of byte 8.
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  digest(label: string, bytes: Uint8Array | string): string {
    return hmac(this.key, ['ardoise/digest/1', label, bytes]).toString('hex');
  }

  private short(parts: readonly string[]): string {
    return hmac(this.key, parts).toString('hex', 0, 16);
  }
}

/**
 * The digest by which a guessable external id is found: only under the organisation's look-up key, over the value in
 * Unicode's composed form, so that an accent typed in two ways is one value.
 */
export function lookupDigest(key: Buffer, system: string, value: string): Buffer {
  return hmac(key, ['ardoise/lookup/1', system, value.normalize('NFC')]);
}
