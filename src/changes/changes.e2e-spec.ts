import { readHeader } from '@ardoise/format';
import { onEventStoreDB } from '../../test/support/engine';
import { startTestServer, until, type TestServer } from '../../test/support/server';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import { OrganisationEnding } from '../keys/ends/organisation/organisation-ending';
import { EndedOrganisations } from '../platform/ended-organisations';
import { EventSource } from './spec-support/event-source';

describe('the live feed of changes', () => {
  let server: TestServer;
  const sources: EventSource[] = [];

  beforeEach(async () => {
    const environment = { ARDOISE_FEED_CLIENTS: '2', ARDOISE_FEED_HEARTBEAT_MS: '50' };
    server = await startTestServer({ environment });
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close();
    await server.close();
  });

  const source = (query = ''): EventSource => {
    const made = new EventSource(`${server.url}/v1/organisations/mira/changes${query}`);
    sources.push(made);
    return made;
  };
  const logged = async () =>
    (await server.platform.store.readLog('mira', 0n, 10_000)).map(({ position, header }) => {
      const { id: event, type, stream, version, recordedAt } = readHeader(header);
      return { position: position.toString(), event, type, stream, version, recordedAt };
    });

  it('tells what is recorded as it happens, in clear what the header says in clear, and nothing else', async () => {
    const desk = new EnrolmentDesk(server);
    const live = source();
    const response = await live.connect();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const before = (await logged()).length;
    await desk.person();
    const expected = (await logged()).slice(before);
    const events = await live.take(expected.length);
    expect(events.map(({ data }) => data)).toEqual(expected);
    expect(events.map(({ id, event }) => [id, event])).toEqual(expected.map((one) => [one.position, one.type]));
    expect(live.text).not.toMatch(/Camille|Durand|camille@/);
  });

  it('is resumed without a gap and without a double, however often the client goes, while the log grows', async () => {
    const desk = new EnrolmentDesk(server);
    const recording = (async () => {
      for (let round = 0; round < 12; round++) await Promise.all([desk.course(), desk.course(), desk.course()]);
    })();
    const all = source('?after=0');
    const seen: string[] = [];
    for (let count = 1; seen.length < 36; count = (count % 5) + 1) {
      expect((await all.connect()).status).toBe(200);
      for (const event of await all.take(count)) {
        seen.push(event.id);
        all.seen(event);
      }
      all.close();
    }
    await recording;
    const positions = (await logged()).map(({ position }) => position);
    expect(seen).toEqual(positions.slice(0, seen.length));
  });

  it('resumes also a client that went before anything happened', async () => {
    const quiet = source();
    await quiet.connect();
    await until(async () => {
      await quiet.piece();
      return quiet.lastId !== undefined;
    });
    quiet.close();
    await new EnrolmentDesk(server).course();
    await quiet.connect();
    expect((await quiet.next())?.event).toBe('course-created');
  });

  it('gives signs of life, and a last word when the server stops', async () => {
    const live = source();
    await live.connect();
    await until(async () => {
      await live.piece();
      return live.text.includes('\n:\n\n');
    });
    const closing = server.app.close();
    expect(await live.next()).toMatchObject({ event: 'feed-ended', data: { reason: 'server-stopping' } });
    expect(await live.next()).toBeUndefined();
    await closing;
  });

  it('takes as many clients as it is told, and a place is free again when one has gone', async () => {
    const [one, two, three] = [source(), source(), source()];
    await one.connect();
    await two.connect();
    const full = await three.connect();
    expect([full.status, ((await full.json()) as { code: string }).code]).toEqual([503, 'feeds-full']);
    one.close();
    await until(async () => (await three.connect()).status === 200);
  });

  onEventStoreDB('of a log on EventStoreDB', () => {
    it('refuses an id at which no event stands, as an export does', async () => {
      const refused = await server.get('/changes').set('last-event-id', '3');
      expect([refused.status, refused.body.code]).toEqual([409, 'last-event-id-unknown']);
      const exported = await server.get('/log?after=3');
      expect([exported.status, exported.body.code]).toEqual([409, 'position-unknown']);
    });
  });

  it('ends with its organisation, whose feed is gone from then on', async () => {
    const live = source();
    await live.connect();
    await server.app.get(OrganisationEnding, { strict: false }).begin('mira');
    await server.platform.vault.closeOrganisation('mira');
    await server.app.get(EndedOrganisations).look();
    expect(await live.next()).toMatchObject({ event: 'feed-ended', data: { reason: 'organisation-ended' } });
    expect((await source().connect()).status).toBe(410);
  });

  it.each([
    ['an id that is none', 'x', 400, 'last-event-id-malformed'],
    ['an id that the log does not reach', '999999', 409, 'last-event-id-ahead'],
  ])('refuses %s', async (_, id, status, code) => {
    const refused = await server.get('/changes').set('last-event-id', id);
    expect([refused.status, refused.body.code]).toEqual([status, code]);
  });
});
