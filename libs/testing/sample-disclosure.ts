import { readSection, writeHeader, writeSection, type Field, type Json } from '@ardoise/format';
import {
  checkpointText,
  cosign,
  formatNote,
  inclusionProof,
  leafHash,
  signNote,
  TileBuilder,
  verifierKey,
  type NoteSigner,
  type TileSource,
} from '@ardoise/ledger';
import { generateKeyPairSync, sign } from 'node:crypto';
import { makeDisclosure } from '@ardoise/disclosure';

export const organisation = 'mira';
export const base = 'ledger.example.org';
export const origin = `${base}/${organisation}/1`;

/** A key that was just made. */
export function newSigner(name: string, type: 0x01 | 0x04 = 0x01): NoteSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  return { key: verifierKey(name, type, raw), sign: async (message) => sign(null, message, privateKey) };
}

export interface SampleEvent {
  readonly header: Buffer;
  /** Of each section. */
  readonly fields: readonly (readonly Field[])[];
}

const person = 'a1'.repeat(16);
const envelope = { person, occurredAt: '2026-03-02T09:00:00.000Z', source: 'staff' };

/** An event as it is stored, and what its sections hold. */
export function sampleEvent(
  sections: readonly { readonly [name: string]: Json }[] = [
    { ...envelope, courseTitle: 'Premiers secours', outcome: 'completed', hours: 14, endedOn: '2026-03-01' },
    { ...envelope, person: 'b2'.repeat(16) },
  ],
  of: string = organisation,
): SampleEvent {
  const written = sections.map((values) => writeSection(values));
  const header = writeHeader({
    command: 'c'.repeat(64),
    facts: {},
    format: 1,
    id: 'e'.repeat(32),
    organisation: of,
    policy: 1,
    recordedAt: '2026-03-02T09:00:00Z',
    schema: 1,
    sections: written.map(({ commitment }, index) => ({
      ciphertext: `sha256:${String(index).repeat(64)}`,
      commitment,
      fingerprint: 'f'.repeat(64),
      unit: String(index).repeat(32),
    })),
    stream: `evidence-${'d'.repeat(32)}`,
    type: 'result-kept',
    version: 0,
  });
  return { header, fields: written.map(({ plaintext, commitment }) => readSection(plaintext, commitment)) };
}

export interface SampleLedger {
  readonly index: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: Buffer;
}

export interface SampleSigning {
  readonly signer: NoteSigner;
  readonly witnesses?: readonly NoteSigner[];
  readonly size?: number;
  readonly index?: number;
  readonly of?: string;
}

/** A ledger in which the event stands among others. */
export async function ledgerWith(
  { header }: SampleEvent,
  { signer, witnesses = [], size = 700, index = 300, of = origin }: SampleSigning,
): Promise<SampleLedger> {
  const tiles = new Map<string, Buffer>();
  const builder = new TileBuilder();
  for (let i = 0; i < size; i++) builder.append(leafHash(i === index ? header : Buffer.from(`{"leaf":${i}}`)));
  for (const { level, index: at, hashes } of builder.takeChanged()) tiles.set(`${level}/${at}`, hashes);
  const source: TileSource = {
    tile: async (level, at, width) => (tiles.get(`${level}/${at}`) as Buffer).subarray(0, 32 * width),
  };
  const note = await signNote(checkpointText({ origin: of, size, root: builder.root() }), [signer]);
  const cosignatures = await Promise.all(witnesses.map((one) => cosign(note, one, new Date('2026-03-02T09:01:00Z'))));
  return {
    index,
    proof: await inclusionProof(source, index, size),
    checkpoint: formatNote({ ...note, signatures: [...note.signatures, ...cosignatures] }),
  };
}

/** A disclosure of the named fields of the first section. */
export async function sampleDisclosure(
  shown: readonly string[] = ['courseTitle', 'outcome'],
  { event = sampleEvent(), ...signing }: Partial<SampleSigning> & { readonly event?: SampleEvent } = {},
): Promise<string> {
  const signer = signing.signer ?? newSigner(origin);
  const ledger = await ledgerWith(event, { ...signing, signer });
  const sections = [{ section: 0, fields: event.fields[0] as readonly Field[], shown }];
  return makeDisclosure({ header: event.header, sections, ...ledger, keys: [signer.key] });
}
