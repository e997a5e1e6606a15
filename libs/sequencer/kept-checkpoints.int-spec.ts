import { createClient } from '@ardoise/postgres';
import { keepSigned } from './kept-checkpoints';
import { createWorld, newOrganisation, type World } from './spec-support/world';

const tables = ['timestamps', 'cosignatures', 'checkpoints', 'tiles', 'trees'];

describe('What was signed, when a backup of the log takes its place', () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  async function sign(organisation: string, count: number): Promise<void> {
    const sequencer = world.sequencer({ runs: (one) => one === organisation });
    await sequencer.start();
    await sequencer.sequenced(organisation, await world.append(organisation, count));
    await sequencer.stop();
  }

  /** As a restore does: all in one transaction, guards set aside while rows are exchanged. */
  async function restoring(exchange: readonly string[]): Promise<void> {
    const client = createClient(world.url, { applicationName: 'spec restore' });
    await client.connect();
    await client.query('BEGIN');
    const give = await keepSigned(client);
    for (const statement of exchange) await client.query(statement);
    await give(client);
    await client.query('COMMIT');
    await client.end();
  }

  const backUp = async (): Promise<void> => {
    await world.sql('CREATE SCHEMA IF NOT EXISTS saved');
    for (const table of tables) {
      await world.sql(`DROP TABLE IF EXISTS saved.${table}`);
      await world.sql(`CREATE TABLE saved.${table} AS TABLE ledger.${table}`);
    }
    await world.sql('DROP TABLE IF EXISTS saved.events');
    await world.sql('CREATE TABLE saved.events AS TABLE log.events');
    await world.sql('DROP TABLE IF EXISTS saved.heads');
    await world.sql('CREATE TABLE saved.heads AS TABLE log.heads');
  };

  const guarded = [...tables.map((table) => `ledger.${table}`), 'log.events', 'log.events_1', 'log.heads'];
  const goBack = [
    ...guarded.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER USER`),
    `TRUNCATE ${guarded.join(', ')}`,
    ...[...tables].reverse().map((table) => `INSERT INTO ledger.${table} SELECT * FROM saved.${table}`),
    'INSERT INTO log.events SELECT * FROM saved.events',
    'INSERT INTO log.heads SELECT * FROM saved.heads',
    ...guarded.map((table) => `ALTER TABLE ${table} ENABLE TRIGGER USER`),
  ];

  it('is not forgotten, so that a log that has less signs nothing more', async () => {
    const organisation = newOrganisation();
    await sign(organisation, 5);
    await backUp();
    await sign(organisation, 4);
    const signed = (await world.ledger.latest(organisation))!;
    const line = `— witness.example ${Buffer.alloc(76, 1).toString('base64')}\n`;
    await world.ledger.addCosignatures(signed, [line]);
    await world.ledger.addTimestamp(signed, Buffer.from('token'));
    await restoring(goBack);
    expect(await world.ledger.tree(organisation)).toMatchObject({ size: 5, position: 5n });
    expect(await world.ledger.latest(organisation)).toEqual({
      ...signed,
      cosignatures: [line],
      timestamp: Buffer.from('token'),
    });
    expect(await world.ledger.check(organisation)).toMatchObject({ code: 'ledger-older' });
    const sequencer = world.sequencer({ runs: (one) => one === organisation });
    await sequencer.start();
    const end = await world.append(organisation, 30);
    await expect(sequencer.sequenced(organisation, end, { timeoutMs: 300 })).rejects.toThrow(/nobody signed/);
    await sequencer.stop();
    expect((await world.ledger.latest(organisation))?.size).toBe(9);
    // Another incarnation begins where the log is now, and a backup from before it takes nothing of it away.
    await world.ledger.begin(organisation, { incarnation: 2, origin: `again/${organisation}/2`, after: 33n });
    await sign(organisation, 1);
    await restoring(goBack);
    const [first, second] = await world.ledger.trees(organisation);
    expect(first).toMatchObject({ incarnation: 1, size: 5, through: 33n });
    expect(second).toMatchObject({ incarnation: 2, size: 0, position: 33n });
    expect(await world.ledger.latest(organisation)).toMatchObject({ incarnation: 2, size: 3 });
    expect(await world.ledger.check(organisation)).toMatchObject({ code: 'ledger-older' });
    await world.append(organisation, 5);
    await world.ledger.begin(organisation, { incarnation: 3, origin: `again/${organisation}/3`, after: 8n });
    expect(await world.ledger.trees(organisation)).toMatchObject([
      { incarnation: 1, size: 8, through: 8n },
      { incarnation: 2, size: 0, through: 33n },
      { incarnation: 3, size: 0, after: 8n },
    ]);
    await sign(organisation, 1);
    expect(await world.ledger.latest(organisation)).toMatchObject({ incarnation: 3, size: 3, position: 11n });
    expect(await world.ledger.check(organisation)).toBeUndefined();
  });

  it('is no matter where the log that comes back has all of it', async () => {
    const organisation = newOrganisation();
    await sign(organisation, 5);
    await backUp();
    await restoring(goBack);
    expect(await world.ledger.check(organisation)).toBeUndefined();
    await sign(organisation, 2);
    expect(await world.ledger.latest(organisation)).toMatchObject({ size: 7 });
  });

  it('is kept beside a backup from before there were ledgers, and goes on where the log has all of it', async () => {
    const organisation = newOrganisation();
    await sign(organisation, 300);
    await restoring(['DROP SCHEMA ledger CASCADE', `DELETE FROM public.ardoise_migrations WHERE id LIKE 'ledger-%'`]);
    expect(await world.ledger.tree(organisation)).toMatchObject({ size: 0, position: 0n });
    expect(await world.ledger.latest(organisation)).toMatchObject({ size: 300 });
    expect(await world.ledger.check(organisation)).toBeUndefined();
    await sign(organisation, 1);
    expect(await world.ledger.tree(organisation)).toMatchObject({ size: 301 });
  });

  it('is left where the backup is of another ledger', async () => {
    const organisation = newOrganisation();
    await sign(organisation, 5);
    await backUp();
    await world.sql(`UPDATE saved.trees SET origin = 'another/' || origin WHERE organisation = $1`, [organisation]);
    await sign(organisation, 2);
    await restoring(goBack);
    expect(await world.ledger.latest(organisation)).toMatchObject({ size: 5 });
  });
});
