import { randomId } from '@ardoise/format';
import { Sweep } from '../src/keys/sweep/sweep';
import { startTestServer, type TestServer } from './support/server';
import { registerLearner } from './support/story';

const day = 86_400_000;

describe('the sweep of keys', () => {
  let server: TestServer;
  let person: string;

  beforeEach(async () => {
    server = await startTestServer();
    person = await registerLearner(server, 'Someone');
  });

  afterEach(() => server.close());

  const later = (days: number): void => server.clock.set(new Date(Date.parse('2026-03-02T09:00:00Z') + days * day));
  const sweep = (wait: () => Promise<unknown> = () => Promise.resolve()) =>
    server.app.get(Sweep, { strict: false }).run({ wait });

  it('destroys the key of an append that crashed, once it is a day old, and no other', async () => {
    const { vault, store } = server.platform;
    const before = await vault.unitsOf('mira', [person]);
    const append = store.append.bind(store);
    store.append = () => Promise.reject(new Error('crashed'));
    await server.post(`/persons/${person}/profile-values`, { name: 'phone', value: '+33612345678' });
    store.append = append;
    const made = (await vault.unitsOf('mira', [person])).filter(({ unit }) => !before.some((one) => one.unit === unit));
    expect(made).toHaveLength(1);
    expect((await sweep()).buried).toBe(0);
    later(2);
    expect(await sweep()).toMatchObject({ buried: 1 });
    expect(await vault.unitsOf('mira', [person])).toEqual(before);
    expect((await sweep()).buried).toBe(0);
    expect(await server.platform.gate.check('mira')).toBeUndefined();
  });

  it('gives a key back that a late append has used meanwhile', async () => {
    const { vault, store } = server.platform;
    const append = store.append.bind(store);
    let go: () => Promise<void> = () => Promise.resolve();
    store.append = (late) =>
      new Promise((resolve, reject) => {
        go = () =>
          append(late)
            .then(resolve, reject)
            .then(() => undefined);
      });
    const answer = server
      .post(`/persons/${person}/profile-values`, { name: 'phone', value: '+33612345678' })
      .then(({ status }) => status);
    const settled = await waitFor(async () => {
      const units = await vault.unitsOf('mira', [person]);
      const events = await store.readStream('mira', units[0]?.stream ?? '');
      const named = events.map(({ header }) => header.toString()).join();
      return units.find(({ unit }) => !named.includes(unit));
    });
    later(2);
    const late = async (): Promise<void> => {
      expect((await vault.unitsOf('mira', [person])).find(({ unit }) => unit === settled.unit)?.state).toBe('fenced');
      store.append = append;
      await go();
    };
    expect(await sweep(late)).toMatchObject({ buried: 0 });
    expect(await answer).toBeLessThan(300);
    const { unit, fingerprint } = settled;
    expect((await vault.openingKeys('mira', [{ unit, fingerprint }])).get(unit)?.state).toBe('open');
    expect((await vault.unitsOf('mira', [person])).find((one) => one.unit === unit)?.state).toBe('active');
  });

  it('leaves an organisation in quarantine alone: in a log that is too old every newer key looks unused', async () => {
    const { vault, quarantines } = server.platform;
    await vault.sealingKeys('mira', [{ person, stream: `learning-${randomId()}`, category: 'learning' }]);
    later(2);
    const standing = { position: '1', digest: '', mark: '1' };
    quarantines.begin({ organisation: 'mira', reasons: [], known: standing, found: standing, since: new Date(0) });
    expect((await sweep()).buried).toBe(0);
    quarantines.end('mira');
    expect((await sweep()).buried).toBe(1);
  });
});

async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error('waited 30 seconds in vain');
}
