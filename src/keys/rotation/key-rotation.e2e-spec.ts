import { readHeader, singleStream } from '@ardoise/format';
import { startTestServer, type TestServer } from '../../../test/support/server';
import { createCourse, enrol, registerLearner } from '../../../test/support/story';
import { KeyRotation } from './key-rotation';

const day = 86_400_000;

describe('the rotation of keys', () => {
  let server: TestServer;
  let rotation: KeyRotation;
  let person: string;

  beforeEach(async () => {
    server = await startTestServer({ environment: { ARDOISE_KEY_HORIZON_DAYS: '10' } });
    rotation = server.app.get(KeyRotation, { strict: false });
    person = await registerLearner(server, 'Ada');
    await enrol(server, person, await createCourse(server));
    await server.settled();
  });
  afterEach(() => server.close());

  const pass = (days: number): void => server.clock.set(new Date(server.clock.now().getTime() + days * day));
  const recorded = async () => {
    const events = await server.platform.store.readStream('mira', singleStream('vault'));
    return events.map(({ header }) => readHeader(header)).map(({ type, facts }) => ({ type, facts }));
  };
  const epochs = async () => (await rotation.status()).map(({ epoch }) => epoch);

  it('begins by itself after its days, tells the log, and ends the old keys at the horizon', async () => {
    const { keyEncryption } = server.platform;
    const before = (await server.get(`/persons/${person}/learning-record`).expect(200)).body as unknown;
    const first = await keyEncryption.current();
    pass(29);
    await rotation.runSchedule();
    expect(await epochs()).toEqual((await epochs()).map(() => 1));
    pass(1);
    const begun = server.clock.now();
    await rotation.runSchedule();
    expect(await epochs()).toEqual((await epochs()).map(() => 2));
    expect((await server.get(`/persons/${person}/learning-record`).expect(200)).body).toEqual(before);
    expect(await recorded()).toMatchObject([
      { type: 'keys-rotated', facts: { epoch: 2, previousEndsAt: new Date(begun.getTime() + 10 * day).toISOString() } },
    ]);

    pass(10);
    await rotation.runSchedule();
    expect(await keyEncryption.keys()).toEqual([await keyEncryption.current()]);
    expect(await keyEncryption.current()).not.toBe(first);
    expect((await recorded())[1]).toMatchObject({ type: 'groups-ended', facts: { cause: 'epoch', part: 1, parts: 1 } });
    expect(await rotation.pending()).toEqual([]);
    expect((await rotation.status()).map(({ nothingOlderThan }) => nothingOlderThan)).toEqual(
      (await rotation.status()).map(() => begun),
    );
    expect((await server.get(`/persons/${person}/learning-record`).expect(200)).body).toEqual(before);
    await registerLearner(server, 'Grace');
  });

  it('is left to the operator with ARDOISE_KEY_EPOCH_DAYS=0', async () => {
    const quiet = await startTestServer({ environment: { ARDOISE_KEY_EPOCH_DAYS: '0' } });
    try {
      quiet.clock.set(new Date('2031-03-02T09:00:00.000Z'));
      const by = quiet.app.get(KeyRotation, { strict: false });
      await by.runSchedule();
      expect(new Set((await by.status()).map(({ epoch }) => epoch))).toEqual(new Set([1]));
    } finally {
      await quiet.close();
    }
  });
});
