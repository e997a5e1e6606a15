import type { StoredEvent } from '@ardoise/event-store';
import type { AnyOpened } from '@ardoise/sealing';
import { Client } from 'pg';
import { alterLog, flipped } from './support/altered-log';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, enrol, registerLearner } from './support/story';

/**
 * Whoever owns the database can write what they like. Each way of making one record pass for another, or of making it
 * disappear, answers with an error of its own; none reads as erased.
 */
describe('tampering with log and vault, as the database’s owner', () => {
  let server: TestServer;
  let owner: Client;
  let course: string;

  beforeAll(async () => {
    server = await startTestServer();
    owner = new Client(server.platform.server.url);
    await owner.connect();
    course = await createCourse(server);
  });
  afterAll(async () => {
    await owner.end();
    await server.close();
  });

  /** Guards set aside, as an owner can. */
  const alter = async (statement: string, values: unknown[] = []): Promise<void> => {
    await owner.query('SET session_replication_role = replica');
    const { rowCount } = await owner.query(statement, values);
    await owner.query('SET session_replication_role = origin');
    expect(rowCount).toBeGreaterThan(0);
  };

  interface Unit {
    readonly unit: string;
    readonly stream: string;
    readonly category: string;
  }

  const unitsOf = async (person: string): Promise<Unit[]> => server.platform.vault.unitsOf('mira', [person]);

  /** A learner whose enrolment's stream has several events under one unit. */
  const learner = async (): Promise<{ person: string; stream: string; unit: string }> => {
    const person = await registerLearner(server, 'Zoé');
    const enrolment = await enrol(server, person, course);
    const unit = (await unitsOf(person)).find(({ category }) => category === 'enrolment') as Unit;
    expect(unit.stream).toContain(enrolment);
    return { person, ...unit };
  };

  const beginning = async (stream: string): Promise<StoredEvent> => {
    const [event] = await server.platform.store.readStream('mira', stream);
    return event as StoredEvent;
  };

  /** Two events of a stream whose ciphertexts are equally long. */
  const twins = async (stream: string): Promise<[StoredEvent, StoredEvent]> => {
    const events = await server.platform.store.readStream('mira', stream);
    const isTwin = (one: StoredEvent) => (other: StoredEvent) =>
      other !== one && other.sections.length === one.sections.length && one.sections.length > 0;
    const one = events.find((event) => events.some(isTwin(event)));
    return [one as StoredEvent, events.find(isTwin(one as StoredEvent)) as StoredEvent];
  };

  const opening = async (stream: string, organisation = 'mira'): Promise<unknown> =>
    server.platform.opener
      .open(organisation, await server.platform.store.readStream(organisation, stream))
      .catch((error: unknown) => error);

  it('tells ciphertexts that were swapped between two events', async () => {
    const { stream } = await learner();
    const [one, other] = await twins(stream);
    await alterLog(server, { event: one, sections: other.sections }, { event: other, sections: one.sections });
    expect(await opening(stream)).toMatchObject({ code: 'event-tampered', reason: 'ciphertext-differs' });
  });

  it('tells one bit that was flipped, in a section and in a header', async () => {
    const [one, two] = [await learner(), await learner()];
    const [first, second] = [await beginning(one.stream), await beginning(two.stream)];
    await alterLog(server, { event: first, sections: flipped(first.sections) });
    expect(await opening(one.stream)).toMatchObject({ code: 'event-tampered', reason: 'ciphertext-differs' });
    await alterLog(server, { event: second, header: flipped(second.header) });
    expect(await opening(two.stream)).toMatchObject({ code: 'event-tampered' });
  });

  it('tells an event that was moved to another stream', async () => {
    const [one, two] = [await learner(), await learner()];
    const [event, { header, sections }] = [await beginning(one.stream), await beginning(two.stream)];
    await alterLog(server, { event, header, sections });
    expect(await opening(one.stream)).toMatchObject({
      code: 'event-tampered',
      reason: 'its header names another place',
    });
  });

  it('tells wrapped keys that were swapped between two persons', async () => {
    const [one, two] = [await learner(), await learner()];
    await alter(
      `UPDATE vault.units u SET wrapped = other.wrapped FROM vault.units other
        WHERE u.unit = $1 AND other.unit = $2`,
      [one.unit, two.unit],
    );
    expect(await opening(one.stream)).toMatchObject({ code: 'key-tampered' });
    expect(await opening(two.stream)).not.toBeInstanceOf(Error);
  });

  it('tells wrapped keys, and groups, that were swapped between two organisations', async () => {
    const { stream, unit } = await learner();
    await server.platform.vault.admitPerson('parene', 'p'.repeat(32), 'person-x');
    const [foreign] = await server.platform.vault.sealingKeys('parene', [
      { person: 'p'.repeat(32), stream: 'person-x', category: 'identity' },
    ]);
    await alter(
      `UPDATE vault.units u SET wrapped = other.wrapped, group_id = other.group_id FROM vault.units other
        WHERE u.unit = $1 AND other.unit = $2`,
      [unit, foreign?.unit],
    );
    expect(await opening(stream)).toMatchObject({ code: 'key-tampered' });
    const stored = await server.platform.store.readStream('mira', stream);
    const elsewhere = stored.map((event) => ({ ...event, organisation: 'parene' }));
    const error: unknown = await server.platform.opener.open('parene', elsewhere).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'event-tampered', reason: 'its header names another place' });
  });

  it('tells a key’s row that was deleted by hand', async () => {
    const { stream, unit } = await learner();
    await alter('DELETE FROM vault.units WHERE unit = $1', [unit]);
    const reason = `the key of unit ${unit} is missing`;
    expect(await opening(stream)).toMatchObject({ code: 'event-tampered', reason });
  });

  it('tells a key that was emptied by hand, so that it should read as erased', async () => {
    const { stream, unit } = await learner();
    await alter(
      `UPDATE vault.units SET state = 'destroyed', wrapped = NULL, person = NULL, stream = NULL, category = NULL,
              part = NULL, ended_at = now() WHERE unit = $1`,
      [unit],
    );
    expect(await opening(stream)).toMatchObject({ code: 'key-gone' });
  });

  it('tells a destroyed key whose bytes were put back by hand', async () => {
    const { person, stream, unit } = await learner();
    const { rows } = await owner.query('SELECT * FROM vault.units WHERE unit = $1', [unit]);
    const { body } = await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    expect(body.id).toMatch(/^[0-9a-f]{32}$/);
    const events = (await opening(stream)) as AnyOpened[];
    expect(events.map(({ closed }) => closed[0]?.state)).toEqual(events.map(() => 'erased'));
    const [{ wrapped, category, part }] = rows;
    await alter(
      `UPDATE vault.units SET state = 'active', wrapped = $2, person = $3, stream = $4, category = $5, part = $6,
              ended_at = NULL WHERE unit = $1`,
      [unit, wrapped, person, stream, category, part],
    );
    expect(await opening(stream)).toMatchObject({ code: 'key-returned' });
  });

  it('answers over HTTP with the alarm, and with nothing of the record', async () => {
    const { person, unit } = await learner();
    await alter('UPDATE vault.units SET wrapped = $2 WHERE unit = $1', [unit, Buffer.alloc(60)]);
    const { body } = await server.get(`/persons/${person}/replay`).expect(500);
    expect(body.code).toBe('key-tampered');
    expect(JSON.stringify(body)).not.toContain('Zoé');
  });
});
