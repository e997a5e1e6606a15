import type { NewEvent, StoredEvent } from '@ardoise/event-store';
import { associatedData, encrypt, leafHash, randomBytes } from '@ardoise/format';
import { Opener, Sealer, type EventToSeal } from '@ardoise/sealing';
import type { Bench, CaseResult } from '../case';
import { organisation } from '../contestants/ardoise';
import { benchRegistry, type BenchStream, eventToSeal, MemoryVault, newStream, smallEventToSeal } from '../payload';
import { compare, type Contestant } from '../rounds';
import { coreFigures } from '../figures';

const names = {
  seal: 'seal a section of five fields',
  open: 'open a section of five fields',
  sealMore: 'seal five fields beside person, time and source',
  openMore: 'open five fields beside person, time and source',
  encrypt: 'AES-256-GCM of the same section, alone',
};
const piece = 64;

/** What the cryptography and the format cost on one core, without a database. */
export async function sealing(bench: Bench): Promise<CaseResult> {
  const vault = new MemoryVault();
  const sealer = new Sealer(benchRegistry, vault);
  const opener = new Opener(benchRegistry, vault);
  const streams = Array.from({ length: piece }, newStream);
  const sealing = (make: (stream: BenchStream) => EventToSeal) => async (): Promise<[string, NewEvent][]> =>
    Promise.all(
      streams.map(async (stream): Promise<[string, NewEvent]> => {
        const [event] = (await sealer.seal(organisation, stream.stream, [make(stream)])) as [NewEvent];
        // As the append does it, once: the ledger's leaf.
        leafHash(event.header);
        return [stream.stream, event];
      }),
    );
  const [seal, sealMore] = [sealing(smallEventToSeal), sealing(eventToSeal)];
  const [stored, storedMore] = [storedAs(await seal()), storedAs(await sealMore())];
  const contestants = [
    inPieces(names.seal, seal),
    inPieces(names.open, () => opener.open(organisation, stored)),
    inPieces(names.sealMore, sealMore),
    inPieces(names.openMore, () => opener.open(organisation, storedMore)),
    ciphertextAlone(),
  ];
  const standings = await compare(contestants, { ...bench.options, say: bench.say });
  return {
    name: 'sealing',
    title: 'Sealing and opening',
    about:
      'One event with one section of five fields, person, time and source among them, on one core, keys in memory, no ' +
      'database: checks against the declaration, salts, digests, commitment, padding, ciphertext, header, leaf hash; ' +
      'and all of it back, with the commitment recomputed. Beside it a section of eight fields, and the ciphertext alone, which ' +
      'shows what of it is encryption.',
    unit: 'events/s',
    standings,
    ratios: [],
    figures: coreFigures(standings, { [names.seal]: 40_000, [names.open]: 40_000 }),
  };
}

function storedAs(sealed: readonly [string, NewEvent][]): StoredEvent[] {
  return sealed.map(([stream, { header, sections }], index) => ({
    organisation,
    position: BigInt(index + 1),
    stream,
    version: 0,
    header,
    sections,
  }));
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
