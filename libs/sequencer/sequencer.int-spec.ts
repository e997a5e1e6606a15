import {
  consistencyProof,
  formatEntries,
  inclusionProof,
  leafHash,
  openCheckpoint,
  parseEntries,
  rootAt,
  verifierKey,
  verifyConsistency,
  verifyInclusion,
} from '@ardoise/ledger';
import type { Ledger } from './ledger';
import { type CheckpointEntry, published, type Tree } from './tree';
import { createWorld, newOrganisation, originBase, type World } from './spec-support/world';

describe('The sequencer', () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  const verifier = async (origin: string) => {
    const [key] = await world.keys.published();
    return verifierKey(origin, 1, key!.publicKey);
  };

  /** The whole log of an organisation as its ledger gives it, held against the log and the tree. */
  async function checkEntries(ledger: Ledger, tree: Tree, entry: CheckpointEntry): Promise<void> {
    const stored = await world.store.readLog(tree.organisation, tree.after, tree.size);
    const entries: Buffer[] = [];
    for (let at = 0; at < tree.size; at += 256) {
      const width = Math.min(256, tree.size - at);
      const bundle = await ledger.entries(tree, at / 256, width);
      entries.push(...parseEntries(formatEntries(bundle), width));
    }
    expect(entries.map((header) => header.toString('hex'))).toEqual(stored.map(({ header }) => header.toString('hex')));
    const source = ledger.source(tree);
    for (const index of [0, 255, 256, tree.size - 1].filter((one) => one < entry.size)) {
      const proof = await inclusionProof(source, index, entry.size);
      verifyInclusion({ index, size: entry.size, leaf: leafHash(entries[index]!), proof, root: entry.root });
      expect(await ledger.indexOf(tree.organisation, stored[index]!.position)).toMatchObject({ index });
    }
  }

  it('signs every event of every organisation, and what it gives can be verified', async () => {
    const [one, other] = [newOrganisation(), newOrganisation()];
    await world.append(one, 700);
    const otherEnd = await world.append(other, 3);
    const sequencer = world.sequencer();
    await sequencer.start();
    const early = await sequencer.sequenced(one, 700n);
    const end = await world.append(one, 133);
    const entry = await sequencer.sequenced(one, end);
    expect(await sequencer.sequenced(other, otherEnd)).toMatchObject({ size: 3, position: 3n });
    await sequencer.stop();

    const tree = (await world.ledger.tree(one))!;
    expect(tree).toEqual({
      organisation: one,
      incarnation: 1,
      origin: `${originBase}/${one}/1`,
      after: 0n,
      size: 833,
      position: 833n,
    });
    const { checkpoint } = openCheckpoint(published(entry), [await verifier(tree.origin)]);
    expect(checkpoint).toEqual({ origin: tree.origin, size: 833, root: entry.root });
    expect(entry.signedAt).toEqual(world.clock.now());
    const source = world.ledger.source(tree);
    expect(await rootAt(source, 833)).toEqual(entry.root);
    const proof = await consistencyProof(source, early.size, 833);
    verifyConsistency({ from: early.size, to: 833, fromRoot: early.root, toRoot: entry.root, proof });
    await checkEntries(world.ledger, tree, entry);
  });
});
