import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import type { Client } from 'pg';
import { beAlone, bePresent, createClient } from '.';

describe('Presence in a database', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = createClient(database.url, { applicationName: 'replacer' });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const leave = async (): Promise<void> => {
    await client.query('SELECT pg_advisory_unlock_all()');
  };

  it('is told to whoever wants the database alone, by name, and shared by many', async () => {
    const one = await bePresent(database.url, { name: 'one' });
    const two = await bePresent(database.url, { name: 'two' });
    expect([one.isHeld, two.isHeld]).toEqual([true, true]);
    expect(await beAlone(client)).toEqual(['one presence', 'two presence']);
    await one.leave();
    await two.leave();
    expect(one.isHeld).toBe(false);
    while ((await beAlone(client)).length > 0);
    await leave();
  });

  it('sees sessions of ours that told nobody', async () => {
    const silent = createClient(database.url, { applicationName: 'ardoise of another version' });
    await silent.connect();
    expect(await beAlone(client)).toEqual(['ardoise of another version']);
    await silent.end();
    while ((await beAlone(client)).length > 0);
    await leave();
  });

  it('waits while somebody has the database alone', async () => {
    expect(await beAlone(client)).toEqual([]);
    const said: string[] = [];
    let present = false;
    const waiting = new Promise<void>((resolve) => {
      void bePresent(database.url, { name: 'late', log: (message) => resolve(void said.push(message)) }).then(
        async (presence) => {
          present = true;
          await presence.leave();
        },
      );
    });
    await waiting;
    expect([present, said.length]).toEqual([false, 1]);
    await leave();
    await leave();
    while (!present) await client.query('SELECT 1');
  });

  it('is given again when its connection was cut', async () => {
    const presence = await bePresent(database.url, { name: 'cut' });
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut presence'`,
    );
    while (presence.isHeld) await client.query('SELECT 1');
    while (!presence.isHeld) await client.query('SELECT 1');
    expect(await beAlone(client)).toEqual(['cut presence']);
    await presence.leave();
  });
});
