import type { NewEvent, StoredEvent } from '@ardoise/event-store';
import { associatedData, encrypt, randomBytes } from '@ardoise/format';
import { Opener, Sealer } from '@ardoise/sealing';
import type { Bench, CaseResult } from '../case';
import { organisation } from '../contestants/ardoise';
import { benchRegistry, eventToSeal, MemoryVault, newStream } from '../payload';
import { compare, type Contestant } from '../rounds';
import { coreFigures } from '../figures';

const names = {
  seal: 'seal',
  open: 'open',
  encrypt: 'AES-256-GCM of the same section, alone',
};
const piece = 64;

/** What the cryptography and the format cost on one core, without a database. */
export async function sealing(bench: Bench): Promise<CaseResult> {
  const vault = new MemoryVault();
  const sealer = new Sealer(benchRegistry, vault);
  const opener = new Opener(benchRegistry, vault);
  const streams = Array.from({ length: piece }, newStream);
  const seal = async (): Promise<[string, NewEvent][]> =>
    Promise.all(
      streams.map(async (stream): Promise<[string, NewEvent]> => {
        const [event] = (await sealer.seal(organisation, stream.stream, [eventToSeal(stream)])) as [NewEvent];
        return [stream.stream, event];
      }),
    );
  const stored = (await seal()).map(([stream, { header, sections }], index): StoredEvent => ({
    organisation,
    position: BigInt(index + 1),
    stream,
    version: 0,
    header,
    sections,
  }));
  const contestants = [
    inPieces(names.seal, seal),
    inPieces(names.open, () => opener.open(organisation, stored)),
    ciphertextAlone(),
  ];
  const standings = await compare(contestants, { ...bench.options, say: bench.say });
  return {
    name: 'sealing',
    title: 'Sealing and opening',
    about:
      'One event with one section of five fields, on one core, keys in memory, no database: checks against the ' +
      'declaration, salts, digests, commitment, padding, ciphertext, header; and all of it back, with the commitment ' +
      'recomputed. The ciphertext alone shows what of it is encryption.',
    unit: 'events/s',
    standings,
    ratios: [],
    figures: coreFigures(standings, { [names.seal]: 40_000, [names.open]: 40_000 }),
  };
}

function inPieces(name: string, work: () => Promise<unknown>): Contestant {
  return {
    name,
    async run(over) {
      let count = 0;
      while (!over()) {
        await work();
        count += piece;
      }
      return count;
    },
  };
}

function ciphertextAlone(): Contestant {
  const key = randomBytes(32);
  const plaintext = randomBytes(512);
  const place = associatedData({
    organisation,
    stream: newStream().stream,
    event: 'e'.repeat(32),
    type: 'module-timed',
    schema: 1,
    index: 0,
    category: 'learning',
    unit: 'a'.repeat(32),
    fingerprint: 'f'.repeat(64),
    commitment: 'c'.repeat(64),
  });
  return inPieces(names.encrypt, async () => {
    for (let i = 0; i < piece; i++) encrypt(key, plaintext, place);
  });
}
