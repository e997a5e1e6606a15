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
import { Registry } from 'prom-client';
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

  it('signs what is there before it stops, and goes on from there after a restart under the name of the beginning', async () => {
    const organisation = newOrganisation();
    await world.append(organisation, 5);
    const first = world.sequencer({ checkpointMilliseconds: 60_000, pollMilliseconds: 60_000 });
    await first.start();
    await first.sequenced(organisation, 5n);
    // Nobody looks for a minute, so that these are met by the stop alone.
    const end = await world.append(organisation, 300);
    await first.stop();
    expect(await world.ledger.latest(organisation)).toMatchObject({ size: 305, position: end });
    const second = world.sequencer({ ledgerOriginBase: 'another.example' });
    await second.start();
    const { note } = await second.sequenced(organisation, await world.append(organisation, 1));
    expect(note.toString().split('\n')[0]).toBe(`${originBase}/${organisation}/1`);
    await second.stop();
    const [sum] = await world.sql('SELECT count(*)::int FROM ledger.trees WHERE organisation = $1', [organisation]);
    expect(sum).toEqual({ count: 1 });
  });

  it('goes through a long log in batches, and signs on the way', async () => {
    const organisation = newOrganisation();
    await world.append(organisation, 2_000);
    const sequencer = world.sequencer({ batchSize: 128, checkpointMilliseconds: 1 });
    await sequencer.start();
    const { root } = await sequencer.sequenced(organisation, 2_000n);
    await sequencer.stop();
    const tree = (await world.ledger.tree(organisation))!;
    const sizes: number[] = [];
    for await (const { size } of world.ledger.checkpoints(tree)) sizes.push(size);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.slice(0, -1).every((size) => size % 128 === 0)).toBe(true);
    expect((await world.ledger.rebuild(organisation)).root).toEqual(root);
  });

  // A has the lane and is paused longer than its lease, right before it would store a checkpoint. B takes the lane over,
  // and stores one of a larger tree. A goes on: what it signed must not be stored, for then two would have signed.
  it('of two sequencers, lets one sign: who lost the lane stores nothing', async () => {
    const organisation = newOrganisation();
    await world.append(organisation, 3);
    let release = (): void => undefined;
    const hold = new Promise<void>((resolve) => (release = resolve));
    let isHeld = (): void => undefined;
    const held = new Promise<void>((resolve) => (isHeld = resolve));
    const steps = {
      done: (step: string) => {
        if (step !== 'ledger/checkpoint-signed') return;
        isHeld();
        return hold;
      },
    };
    const only = (one: string) => one === organisation;
    const a = world.sequencer({ steps, owner: 'a', runs: only, leaseMilliseconds: 3_600_000 });
    await a.start();
    await held;
    world.clock.advance(7_200_000);
    const end = await world.append(organisation, 4);
    const b = world.sequencer({ owner: 'b', runs: only });
    await b.start();
    const signed = await b.sequenced(organisation, end);
    expect(signed.size).toBe(7);
    release();
    await a.stop();
    await b.stop();
    const tree = (await world.ledger.tree(organisation))!;
    const sizes: number[] = [];
    for await (const { size } of world.ledger.checkpoints(tree)) sizes.push(size);
    expect(sizes).toEqual([7]);
    expect((await world.ledger.rebuild(organisation)).size).toBe(7);
  });

  it('shares the organisations among several workers that come and go while others write, without a fork', async () => {
    const organisations = Array.from({ length: 3 }, newOrganisation);
    const only = (one: string) => organisations.includes(one);
    const writing = organisations.map(async (organisation) => {
      for (let i = 0; i < 10; i++) await world.append(organisation, 50);
    });
    for (let round = 0; round < 6; round++) {
      const [one, other] = [world.sequencer({ runs: only }), world.sequencer({ runs: only })];
      await Promise.all([one.start(), other.start()]);
      await one.sequenced(organisations[round % 3]!, BigInt(20 * (round + 1)));
      await one.stop();
      await other.stop();
    }
    await Promise.all(writing);
    const last = world.sequencer({ runs: only });
    await last.start();
    for (const organisation of organisations) {
      const { root } = await last.sequenced(organisation, 500n);
      expect(await world.ledger.rebuild(organisation)).toEqual({ size: 500, root });
    }
    await last.stop();
  });

  it('signs nothing for an organisation that must not run, and ends its lane', async () => {
    const organisation = newOrganisation();
    let isOpen = true;
    const sequencer = world.sequencer({ runs: (one) => one === organisation && isOpen });
    await sequencer.start();
    await sequencer.sequenced(organisation, await world.append(organisation, 2));
    isOpen = false;
    const end = await world.append(organisation, 1);
    await expect(sequencer.sequenced(organisation, end, { timeoutMs: 200 })).rejects.toThrow(/nobody signed/);
    expect((await world.ledger.tree(organisation))?.size).toBe(2);
    isOpen = true;
    sequencer.lookNow();
    expect(await sequencer.sequenced(organisation, end)).toMatchObject({ size: 3 });
    await sequencer.stop();
  });

  it('tells listeners of stored checkpoints, again after a failure and after a restart, and waits for none', async () => {
    const organisation = newOrganisation();
    const only = (one: string) => one === organisation;
    const told: number[] = [];
    let failures = 1;
    const sequencer = world.sequencer({ runs: only });
    sequencer.onCheckpoint(async ({ size, incarnation }) => {
      const stored = await world.ledger.covering((await world.ledger.tree(organisation, incarnation))!, size);
      expect(stored?.size).toBe(size);
      if (failures-- > 0) throw new Error('away');
      told.push(size);
    });
    sequencer.onCheckpoint(
      (_, signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    );
    await sequencer.start();
    await sequencer.sequenced(organisation, await world.append(organisation, 1));
    await sequencer.sequenced(organisation, await world.append(organisation, 1));
    while (told.length === 0) await sequencer.sequenced(organisation, await world.append(organisation, 1));
    await sequencer.stop();
    const before = told.at(-1)!;
    const size = (await world.ledger.latest(organisation))!.size;
    expect(size).toBeGreaterThanOrEqual(before);
    const again = world.sequencer({ runs: only });
    const toldAgain = new Promise<number>((resolve) => again.onCheckpoint(async (entry) => resolve(entry.size)));
    await again.start();
    expect(await toldAgain).toBe(size);
    await again.stop();
  });

  it('tells where it stands, in status and figures', async () => {
    const organisation = newOrganisation();
    const metrics = new Registry();
    const sequencer = world.sequencer({ metrics, runs: (one) => one === organisation });
    await sequencer.start();
    const { signedAt } = await sequencer.sequenced(organisation, await world.append(organisation, 4));
    world.clock.advance(5_000);
    const { trees, lanes } = await sequencer.status();
    const newest = { size: 4, signedAt, cosignatures: 0, isTimestamped: false };
    expect(trees.find((tree) => tree.organisation === organisation)).toMatchObject({ size: 4, behind: 0, newest });
    expect(lanes).toContainEqual(expect.objectContaining({ organisation, purpose: 'sequencer' }));
    const text = await metrics.metrics();
    expect(text).toContain(`ardoise_ledger_tree_size{organisation="${organisation}"} 4`);
    expect(text).toContain(`ardoise_ledger_checkpoint_size{organisation="${organisation}"} 4`);
    expect(text).toContain(`ardoise_ledger_lag_positions{organisation="${organisation}"} 0`);
    expect(text).toContain(`ardoise_ledger_checkpoint_age_seconds{organisation="${organisation}"} 5`);
    await sequencer.stop();
    expect(await metrics.metrics()).not.toContain(organisation);
  });
});
