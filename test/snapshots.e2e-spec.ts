import type { AnyEvent, AnyOpened } from '@ardoise/sealing';
import type { Decider } from '@ardoise/decider';
import { randomId } from '@ardoise/format';
import { createClient } from '@ardoise/postgres';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer as startPostgres, type TestServer as Postgres } from '@ardoise/testing';
import { learning } from '../src/learning/domain/learning';
import { session } from '../src/sessions/domain/session';
import { Maintenance } from '../src/maintenance/maintenance';
import { erased } from './support/erasing';
import { filesThatHold } from './support/files';
import { searchDatabase } from './support/search';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, openSession, registerLearner } from './support/story';

const marker = 'CANARY-SN38';
const organisation = 'mira';

/** Long streams on a whole server, PostgreSQL under it. */
describe('snapshots of long streams', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-snapshots-'));
  let postgres: Postgres;
  let server: TestServer;

  beforeAll(async () => {
    postgres = await startPostgres({ wal_compression: 'off', autovacuum: 'off' });
    server = await startTestServer({ databaseUrl: postgres.url, keysFolder: join(folder, 'keys') });
  });

  afterAll(async () => {
    await server.close();
    await postgres.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function sql<T extends object>(statement: string, role?: string): Promise<T[]> {
    const client = createClient(postgres.url, { applicationName: 'spec' });
    await client.connect();
    try {
      if (role !== undefined) await client.query(`SET ROLE ${role}`);
      return (await client.query<T>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  const context = () => ({ organisation, commandId: randomUUID(), source: 'lms' });

  /** Appends events as they are, a few at a time. */
  async function grow(kind: string, stream: string, events: readonly AnyEvent[]): Promise<void> {
    const passing: Decider<null, readonly AnyEvent[], AnyEvent, AnyOpened> = {
      kind,
      events: [],
      stateless: true,
      initialState: () => null,
      evolve: () => null,
      decide: (given) => given,
    };
    for (let i = 0; i < events.length; i += 50) {
      await server.platform.recorder.execute(passing, stream, events.slice(i, i + 50), context());
    }
  }

  const snapshotOf = async (stream: string) => {
    const kept = await until(() =>
      sql<{ events: string; place: string }>(
        `SELECT events, place FROM snapshots.snapshots WHERE stream = '${stream}' ORDER BY kept_at DESC`,
      ),
    );
    return { events: Number(kept.events), place: JSON.parse(kept.place) as { units: object[] } };
  };

  async function until<T>(look: () => Promise<T[]>): Promise<T> {
    for (;;) {
      const [first] = await look();
      if (first) return first;
    }
  }

  it('hold a session that fills up, and a trainer of it until their erasure', async () => {
    const { recorder, recoveryRecorder } = server.platform;
    const id = await openSession(server, await createCourse(server), undefined);
    const stream = `session-${id}`;
    const trainer = await registerLearner(server, 'Trainer');
    const trainers = `/sessions/${id}/trainers`;
    await server.post(trainers, { person: trainer, role: marker }).expect(200);
    const seats = Array.from({ length: 150 }, () => randomId());
    const lapsesAt = '2026-03-02T09:15:00.000Z';
    await grow(
      'session',
      stream,
      seats.flatMap((seat) => [
        { type: 'seat-held', facts: { seat, lapsesAt }, sections: {} },
        { type: 'seat-confirmed', facts: { seat }, sections: {} },
      ]),
    );
    const commandId = randomUUID();
    const hold = { type: 'hold-seat', seat: randomId() } as const;
    const first = await recorder.execute(session, stream, hold, { ...context(), commandId });
    const kept = await snapshotOf(stream);
    expect(kept).toMatchObject({ events: 302, place: { units: [{ state: 'open' }] } });
    expect(await recorder.fold(session, organisation, stream)).toEqual(
      await recoveryRecorder.fold(session, organisation, stream),
    );
    const again = await recorder.execute(session, stream, hold, { ...context(), commandId });
    expect(again).toMatchObject({ repeated: true, version: first.version });

    // Nothing of it ever stood in the database's files but where it is shown.
    await sql('CHECKPOINT');
    expect((await searchDatabase(postgres.url, marker)).map(({ table }) => table)).not.toContain('snapshots.snapshots');
    await erased(server, trainer);
    expect(await searchDatabase(postgres.url, marker)).toEqual([]);
    expect((await server.get(`/sessions/${id}`).expect(200)).body).toMatchObject({
      trainers: [],
      places: { held: 1, confirmed: 150 },
    });
    const folded = await recorder.fold(session, organisation, stream);
    expect(folded.state.trainers.size).toBe(0);
    expect(folded).toEqual(await recoveryRecorder.fold(session, organisation, stream));
    // The next command keeps one that was folded without the trainer.
    await server.post(trainers, { person: await registerLearner(server, 'Next'), role: 'jury' }).expect(200);
    const later = await until(async () => {
      const { events, place } = await snapshotOf(stream);
      return events > 302 ? [place] : [];
    });
    expect(later.units).toMatchObject([{ state: 'erased' }]);
    expect(await recorder.fold(session, organisation, stream)).toEqual(
      await recoveryRecorder.fold(session, organisation, stream),
    );
  });

  it('hold a learning of one person, in no readable byte of any file, and end with it', async () => {
    const { recorder, recoveryRecorder } = server.platform;
    const person = await registerLearner(server, 'Learner');
    const stream = `learning-${randomId()}`;
    const fields = { enrolment: randomId(), course: randomId(), module: marker.toLowerCase(), seconds: 30 };
    const learner = { person, occurredAt: '2026-03-02T09:00:00.000Z', fields: { ...fields, standing: 'regular' } };
    const spent: AnyEvent = { type: 'time-recorded', facts: {}, sections: { learner } };
    await grow(
      'learning',
      stream,
      Array.from({ length: 220 }, () => spent),
    );
    const nothing = { ...learning, decide: () => [] };
    await recorder.execute(nothing, stream, undefined as never, context());
    await snapshotOf(stream);
    const folded = await recorder.fold(learning, organisation, stream);
    expect(folded).toEqual(await recoveryRecorder.fold(learning, organisation, stream));
    expect(JSON.stringify(folded)).toContain(fields.module);
    await sql('CHECKPOINT');
    const [{ data_directory: data } = { data_directory: '' }] = await sql<{ data_directory: string }>(
      'SHOW data_directory',
    );
    const [{ path } = { path: '' }] = await sql<{ path: string }>(
      `SELECT pg_relation_filepath('snapshots.snapshots') AS path`,
    );
    expect(path).toMatch(/^base/);
    expect(filesThatHold(data, fields.module)).not.toContain(path);

    await erased(server, person);
    expect(await recorder.fold(learning, organisation, stream)).toEqual(
      await recoveryRecorder.fold(learning, organisation, stream),
    );
  });

  it('are thrown away when old, at will, and with their organisation', async () => {
    const maintenance = server.app.get(Maintenance, { strict: false });
    await maintenance.runDaily();
    const count = () => sql<{ count: number }>('SELECT count(*)::int AS count FROM snapshots.snapshots');
    expect((await count())[0]?.count).toBeGreaterThan(0);
    // What the end of an organisation does, with the rights it has.
    await sql(`DELETE FROM snapshots.snapshots WHERE organisation = 'another'`, 'ardoise_read');
    await expect(sql('SELECT sealed FROM snapshots.snapshots', 'ardoise_read')).rejects.toMatchObject({
      code: '42501',
    });
    const { snapshots } = server.platform;
    expect(await snapshots.drop({ organisation: 'another' })).toBe(0);
    server.clock.advance(31 * 86_400_000);
    await maintenance.runDaily();
    expect(await snapshots.count()).toEqual([]);
    expect(await snapshots.drop({ organisation })).toBe(0);
  });
});
