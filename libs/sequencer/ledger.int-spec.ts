import { CompactRange, rootAt } from '@ardoise/ledger';
import { LedgerMismatchError, TileMissingError } from './errors';
import { type Tree, treeOrigin } from './tree';
import { createWorld, newOrganisation, originBase, type World } from './spec-support/world';

describe('The ledger', () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  /** An organisation whose log is signed in a few checkpoints. */
  async function signed(count: number): Promise<string> {
    const organisation = newOrganisation();
    const sequencer = world.sequencer();
    await sequencer.start();
    for (const part of [0.3, 0.5, 0.2]) {
      await sequencer.sequenced(organisation, await world.append(organisation, Math.ceil(count * part)));
    }
    await sequencer.stop();
    return organisation;
  }

  async function rootOfLog(organisation: string, after = 0n): Promise<Buffer> {
    const range = new CompactRange();
    for (const { leaf } of await world.store.readLeaves(organisation, after, 100_000)) range.append(leaf);
    return range.root();
  }

  async function sizesOf(tree: Tree, from?: number): Promise<number[]> {
    const sizes: number[] = [];
    for await (const { size } of world.ledger.checkpoints(tree, from)) sizes.push(size);
    return sizes;
  }

  const tilesOf = (organisation: string) =>
    world.sql(
      `SELECT incarnation, level, index, encode(hashes, 'hex') AS hashes, position FROM ledger.tiles
       WHERE organisation = $1 ORDER BY 1, 2, 3`,
      [organisation],
    );

  const breakGuards = async (statement: string, values: unknown[]) => {
    await world.sql('ALTER TABLE log.events DISABLE TRIGGER append_only');
    await world.sql(statement, values);
    await world.sql('ALTER TABLE log.events ENABLE ALWAYS TRIGGER append_only');
  };

  it('is made again from the log, tile for tile, also beside a sequencer', async () => {
    const organisation = await signed(900);
    const before = await tilesOf(organisation);
    const sequencer = world.sequencer();
    await sequencer.start();
    const progress: number[] = [];
    const rebuilt = await world.ledger.rebuild(organisation, (done) => progress.push(done));
    expect(rebuilt).toEqual({ size: 900, root: await rootOfLog(organisation) });
    expect(progress.at(-1)).toBe(900);
    expect(await tilesOf(organisation)).toEqual(before);
    await sequencer.sequenced(organisation, await world.append(organisation, 10));
    await sequencer.stop();
    expect(await world.ledger.check(organisation)).toBeUndefined();
  });

  it('has its tiles made again by the next sequencer when they were dropped, and says so until then', async () => {
    const organisation = await signed(700);
    const before = await tilesOf(organisation);
    await world.sql('DELETE FROM ledger.tiles WHERE organisation = $1', [organisation]);
    const tree = (await world.ledger.tree(organisation))!;
    await expect(rootAt(world.ledger.source(tree), 700)).rejects.toThrow(TileMissingError);
    await expect(world.ledger.entries(tree, 1, 256)).rejects.toThrow(TileMissingError);
    expect(await world.ledger.check(organisation)).toBeUndefined();
    const sequencer = world.sequencer();
    await sequencer.start();
    await sequencer.sequenced(organisation, await world.append(organisation, 1));
    await sequencer.stop();
    expect((await world.ledger.latest(organisation))?.root).toEqual(await rootOfLog(organisation));
    expect((await tilesOf(organisation)).slice(0, 2)).toEqual(before.slice(0, 2));
  });

  it('keeps what was signed: the role may add and not change, and nor may the owner', async () => {
    await signed(3);
    for (const table of ['checkpoints', 'cosignatures', 'timestamps']) {
      for (const change of [
        `UPDATE ledger.${table} SET size = size + 1`,
        `DELETE FROM ledger.${table}`,
        `TRUNCATE ledger.${table} CASCADE`,
      ]) {
        await expect(world.pool.query(change)).rejects.toThrow(/permission denied/);
        await expect(world.sql(change)).rejects.toThrow(/append-only/);
      }
    }
    await expect(world.pool.query('DELETE FROM ledger.trees')).rejects.toThrow(/permission denied/);
    await expect(world.pool.query(`UPDATE ledger.trees SET origin = 'x'`)).rejects.toThrow(/permission denied/);
    await expect(world.sql('UPDATE ledger.trees SET after = after + 1')).rejects.toThrow(/never changes/);
    await expect(world.sql('DELETE FROM ledger.trees')).rejects.toThrow(/append-only/);
  });

  it('lets its role see headers, and nothing else of an event', async () => {
    for (const column of ['sections', 'leaf', 'stream', 'version']) {
      await expect(world.pool.query(`SELECT ${column} FROM log.events`)).rejects.toThrow(/permission denied/);
    }
    for (const table of ['streams', 'commands', 'heads']) {
      await expect(world.pool.query(`TABLE log.${table}`)).rejects.toThrow(/permission denied/);
    }
    await expect(world.pool.query('DELETE FROM log.events')).rejects.toThrow(/permission denied/);
  });

  it('takes no checkpoint that is not larger than those before it', async () => {
    const organisation = await signed(10);
    const copy = (size: string) =>
      world.pool.query(
        `INSERT INTO ledger.checkpoints (organisation, incarnation, size, position, root, note, signed_at)
         SELECT organisation, incarnation, ${size}, position + 1, root, note, signed_at FROM ledger.checkpoints
         WHERE organisation = $1 ORDER BY checkpoints.size DESC LIMIT 1`,
        [organisation],
      );
    await expect(copy('size')).rejects.toThrow(/larger than those before/);
    await expect(copy('size - 1')).rejects.toThrow(/larger than those before/);
  });

  it('tells a log that is not what was signed, and signs nothing until it is', async () => {
    const organisation = await signed(20);
    const [was] = await world.sql<{ leaf: Buffer }>(
      'SELECT leaf FROM log.events WHERE organisation = $1 AND position = 20',
      [organisation],
    );
    const alter = (leaf: Buffer) =>
      breakGuards('UPDATE log.events SET leaf = $2 WHERE organisation = $1 AND position = 20', [organisation, leaf]);
    await alter(Buffer.alloc(32, 1));
    expect(await world.ledger.check(organisation)).toMatchObject({ code: 'ledger-differs' });
    const before = await tilesOf(organisation);
    await expect(world.ledger.rebuild(organisation)).rejects.toThrow(LedgerMismatchError);
    expect(await tilesOf(organisation)).toEqual(before);
    const refusing = world.sequencer();
    await refusing.start();
    const end = await world.append(organisation, 1);
    await expect(refusing.sequenced(organisation, end, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'checkpoint-wait-timeout',
    });
    const { trees } = await refusing.status();
    expect(trees.find((tree) => tree.organisation === organisation)).toMatchObject({
      size: 20,
      behind: 1,
      refused: { code: 'ledger-differs' },
    });
    expect(refusing.refusals().get(organisation)?.code).toBe('ledger-differs');
    await alter(was!.leaf);
    expect(await refusing.sequenced(organisation, end)).toMatchObject({ size: 21 });
    expect(refusing.refusals().has(organisation)).toBe(false);
    await refusing.stop();
  });

  it('tells a root that does not follow from the tiles, which a rebuild puts right', async () => {
    const organisation = await signed(600);
    await world.sql(
      `UPDATE ledger.tiles SET hashes = overlay(hashes PLACING '\\x00' FROM 1) WHERE organisation = $1 AND level = 1`,
      [organisation],
    );
    expect(await world.ledger.check(organisation)).toMatchObject({ code: 'ledger-differs' });
    await world.ledger.rebuild(organisation);
    expect(await world.ledger.check(organisation)).toBeUndefined();
  });

  it('tells a log that has less than was signed', async () => {
    const organisation = await signed(20);
    await world.sql('ALTER TABLE log.heads DISABLE TRIGGER ALL');
    await world.sql('UPDATE log.heads SET position = 15 WHERE organisation = $1', [organisation]);
    await world.sql('ALTER TABLE log.heads ENABLE TRIGGER ALL');
    await breakGuards('DELETE FROM log.events WHERE organisation = $1 AND position > 15', [organisation]);
    expect(await world.ledger.check(organisation)).toMatchObject({ code: 'ledger-older' });
    await expect(world.ledger.rebuild(organisation)).rejects.toMatchObject({ code: 'ledger-older' });
    const tree = (await world.ledger.tree(organisation))!;
    expect(await world.ledger.replay(tree, { size: tree.size })).toMatchObject({ size: 15, position: 15n });

    // What a recovery does: the log goes on, and another tree begins.
    const origin = treeOrigin(originBase, organisation, 2);
    await world.append(organisation, 5);
    const next = { incarnation: 2, origin, after: 17n };
    await world.ledger.begin(organisation, next);
    await world.ledger.begin(organisation, next);
    await expect(world.ledger.begin(organisation, { ...next, after: 18n })).rejects.toMatchObject({
      code: 'incarnation-refused',
    });
    await expect(world.ledger.begin(organisation, { ...next, incarnation: 1 })).rejects.toThrow();
    const sequencer = world.sequencer();
    await sequencer.start();
    expect(await sequencer.sequenced(organisation, 20n)).toMatchObject({ incarnation: 2, size: 3, position: 20n });
    await sequencer.stop();
    const [first, second] = await world.ledger.trees(organisation);
    expect(first).toMatchObject({ incarnation: 1, size: 17, position: 17n, through: 17n });
    expect(second).toMatchObject({ incarnation: 2, origin, after: 17n, size: 3 });
    expect(await world.ledger.check(organisation)).toBeUndefined();
    expect(await world.ledger.indexOf(organisation, 17n)).toMatchObject({ tree: { incarnation: 1 }, index: 16 });
    expect(await world.ledger.indexOf(organisation, 18n)).toMatchObject({ tree: { incarnation: 2 }, index: 0 });
    expect(await world.ledger.indexOf(organisation, 21n)).toBeUndefined();
    expect(await world.ledger.entries(second!, 0, 3)).toHaveLength(3);
    expect((await world.ledger.rebuild(organisation)).root).toEqual(await rootOfLog(organisation, 17n));
    expect((await world.ledger.trees(organisation))[0]).toEqual(first);
  });

  it('keeps the first word of each witness, and a timestamp', async () => {
    const organisation = await signed(5);
    const entry = (await world.ledger.latest(organisation))!;
    const line = (name: string, byte: number) => `— ${name} ${Buffer.alloc(76, byte).toString('base64')}\n`;
    await world.ledger.addCosignatures(entry, [line('b.example', 1)]);
    await world.ledger.addCosignatures(entry, [line('b.example', 1), line('a.example', 2)]);
    await world.ledger.addTimestamp(entry, Buffer.from('token'));
    await world.ledger.addTimestamp(entry, Buffer.from('another'));
    expect(await world.ledger.latest(organisation)).toMatchObject({
      cosignatures: [line('a.example', 2), line('b.example', 1)],
      timestamp: Buffer.from('token'),
    });
    for (const wrong of ['', 'nothing', line('a.example', 1) + line('b.example', 1), '— a b\nc']) {
      await expect(world.ledger.addCosignatures(entry, [wrong])).rejects.toMatchObject({
        code: 'cosignature-malformed',
      });
    }
  });

  it('gives checkpoints in order, and the first that covers', async () => {
    const organisation = await signed(100);
    const tree = (await world.ledger.tree(organisation))!;
    const sizes = await sizesOf(tree);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes.at(-1)).toBe(100);
    const [first, second] = sizes as [number, number];
    expect((await world.ledger.covering(tree, first))?.size).toBe(first);
    expect((await world.ledger.covering(tree, first + 1))?.size).toBe(second);
    expect(await world.ledger.covering(tree, 101)).toBeUndefined();
    expect(await sizesOf(tree, first + 1)).toEqual(sizes.slice(1));
    await expect(world.ledger.entries(tree, 0, 101)).rejects.toMatchObject({ code: 'entries-out-of-range' });
  });

  it('has nothing of an organisation without events', async () => {
    const organisation = newOrganisation();
    expect(await world.ledger.trees(organisation)).toEqual([]);
    expect(await world.ledger.latest(organisation)).toBeUndefined();
    expect(await world.ledger.check(organisation)).toBeUndefined();
    expect(await world.ledger.indexOf(organisation, 1n)).toBeUndefined();
    await expect(world.ledger.rebuild(organisation)).rejects.toMatchObject({ code: 'tree-unknown' });
  });
});
