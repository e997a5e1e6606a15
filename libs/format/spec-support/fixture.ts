import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Header, Json, Randomness, SectionPlace } from '..';

/** A sealed section of a frozen event, with everything that it was made from. All bytes are in hexadecimal. */
export interface FrozenSection {
  readonly category: string;
  readonly unit: string;
  readonly day?: string;
  readonly key: string;
  readonly fingerprint: string;
  /** All salts, one after the other in the order of the sorted names. */
  readonly salts: string;
  readonly nonce: string;
  readonly values: { readonly [name: string]: Json };
  readonly plaintext: string;
  /** By field name. */
  readonly digests: { readonly [name: string]: string };
  readonly commitment: string;
  readonly associatedData: string;
  readonly ciphertext: string;
}

/** An event as it was stored when the format was frozen. These files never change. */
export interface FrozenEvent {
  readonly about: string;
  readonly namingKey: string;
  readonly commandId: string;
  /** The header without what follows from the command and the sections. */
  readonly header: Omit<Header, 'command' | 'sections'>;
  readonly sections: readonly FrozenSection[];
  /** The text of the stored header. */
  readonly storedHeader: string;
  readonly storedSections: string;
  readonly leafHash: string;
}

const folder = join(__dirname, '..', 'fixtures');

export const frozenEvents: readonly (readonly [string, FrozenEvent])[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as FrozenEvent]);

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** Gives out the given pieces one after the other, each of the length asked for. */
export function given(...pieces: readonly Buffer[]): Randomness {
  const left = [...pieces];
  return (count) => {
    const piece = left.shift();
    if (piece?.length !== count) throw new Error(`${count} random bytes were asked for, ${piece?.length} are next`);
    return piece;
  };
}

export function placeOf({ header, sections }: FrozenEvent, index: number): SectionPlace {
  const { organisation, stream, id: event, type, schema } = header;
  const { category, unit, fingerprint, commitment } = sections[index] as FrozenSection;
  return { organisation, stream, event, type, schema, index, category, unit, fingerprint, commitment };
}

export function headerOf({ header, sections }: FrozenEvent, command: string, ciphertexts: readonly string[]): Header {
  return {
    ...header,
    command,
    sections: sections.map(({ commitment, day, fingerprint, unit }, index) => ({
      ciphertext: ciphertexts[index] as string,
      commitment,
      ...(day === undefined ? {} : { day }),
      fingerprint,
      unit,
    })),
  };
}

/** Every way to change one byte's bits by one, with the place of the byte. */
export function* flipped(bytes: Buffer): Generator<readonly [Buffer, number]> {
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at);
      yield [changed, at];
    }
  }
}
