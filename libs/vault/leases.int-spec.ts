import { randomId } from '@ardoise/format';
import { createPool } from '@ardoise/postgres';
import { createTestVault, type TestVault, endDay, event } from '../testing/test-vault';
import { PostgresVault } from './postgres-vault';
import type { UnitKey } from './vault';

let test: TestVault;
let vault: PostgresVault;
let organisation: string;
let person: string;

beforeAll(async () => {
  test = await createTestVault();
  vault = await test.open();
});
afterAll(() => test.close());
beforeEach(async () => {
  organisation = await test.organisation(vault);
  person = randomId();
  await vault.admitPerson(organisation, person, `person-${person}`);
});

async function make(): Promise<UnitKey> {
  const request = { person, stream: `learning-${randomId()}`, category: 'learning' };
  return ((await vault.sealingKeys(organisation, [request])) as [UnitKey])[0];
}

const stateOf = async (by: PostgresVault, key: UnitKey) =>
  (await by.openingKeys(organisation, [key])).get(key.unit)?.state;

/** Waits for what another connection brings about, a turn of the event loop at a time. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline && !condition()) await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}

describe('an opened key', () => {
  it.each([
    ['the monotonic clock', () => (test.monotonic.now += 30_000)],
    ['the wall clock', () => test.clock.advance(30_000)],
    ['the wall clock going back', () => test.clock.advance(-1)],
  ])('is useless after its bound by %s, though no notice arrived', async (_, pass) => {
    const deaf = await test.open({ listen: false });
    const key = await make();
    expect(await stateOf(deaf, key)).toBe('open');
    await vault.destroy(organisation, event, [key]);
    expect(await stateOf(deaf, key)).toBe('open');
    pass();
    expect(await stateOf(deaf, key)).toBe('destroyed');
  });

  it('is not kept at all under a lease of 0', async () => {
    const forgetful = await test.open({ leaseMilliseconds: 0 });
    expect(forgetful.leaseMilliseconds).toBe(0);
    const key = await make();
    expect(await stateOf(forgetful, key)).toBe('open');
    expect(forgetful.cachedUnits).toBe(0);
    await vault.destroy(organisation, event, [key]);
    expect(await stateOf(forgetful, key)).toBe('destroyed');
  });

  it.each(['destroy', 'fence', 'destroyDay'] as const)('is dropped at once on the notice of %s', async (step) => {
    const listening = await test.open();
    const key = await make();
    await stateOf(listening, key);
    expect(listening.cachedUnits).toBe(1);
    if (step === 'destroy') await vault.destroy(organisation, event, [key]);
    if (step === 'fence') await vault.fence(organisation, [person], []);
    if (step === 'destroyDay') await endDay(vault, organisation, 'technical', '2020-01-01');
    await until(() => listening.cachedUnits === 0);
    expect(await stateOf(listening, key)).toBe(step === 'destroy' ? 'destroyed' : 'open');
  });

  it('is dropped on request, and with the vault', async () => {
    const key = await make();
    expect(vault.cachedUnits).toBeGreaterThan(0);
    const fresh = await test.open();
    await stateOf(fresh, key);
    fresh.dropUnits([key.unit]);
    expect(fresh.cachedUnits).toBe(0);
    await stateOf(fresh, key);
    await fresh.close();
    expect(fresh.cachedUnits).toBe(0);
  });

  it('is one of a bounded number', async () => {
    const small = await test.open({ cachedUnits: 2 });
    for (let i = 0; i < 4; i++) await stateOf(small, await make());
    expect(small.cachedUnits).toBe(2);
  });
});

describe('the listening connection', () => {
  it('is made again when it is lost, and everything is dropped then', async () => {
    const listening = await test.open();
    const key = await make();
    await stateOf(listening, key);
    expect(listening.cachedUnits).toBe(1);
    const listeners = async () =>
      (await test.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`))
        .length;
    const before = await listeners();
    await test.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND query LIKE 'LISTEN%'`);
    await vault.destroy(organisation, event, [key]);
    await until(() => listening.cachedUnits === 0);
    expect(await stateOf(listening, key)).toBe('destroyed');
    while ((await listeners()) < before) await new Promise((resolve) => setImmediate(resolve));
    const next = await make();
    await stateOf(listening, next);
    await vault.destroy(organisation, event, [next]);
    await until(() => listening.cachedUnits === 0);
  });
});

it('a database that is away is one error, of one code', async () => {
  const away = new URL(test.url);
  away.port = '1';
  const pool = createPool(away.href, { role: 'ardoise_vault', applicationName: 'vault' });
  const cut = await PostgresVault.open({ pool, keyEncryption: test.keyEncryption });
  const unavailable = { code: 'vault-unavailable' };
  const key = { unit: randomId(), fingerprint: 'a'.repeat(64) };
  const request = { person, stream: 's', category: 'c' };
  await expect(cut.admitOrganisation(organisation)).rejects.toMatchObject(unavailable);
  await expect(cut.naming(organisation)).rejects.toMatchObject(unavailable);
  await expect(cut.sealingKeys(organisation, [request])).rejects.toMatchObject(unavailable);
  await expect(cut.openingKeys(organisation, [key])).rejects.toMatchObject(unavailable);
  await expect(cut.fence(organisation, [person], [])).rejects.toMatchObject(unavailable);
  await expect(cut.destroy(organisation, event, [key])).rejects.toMatchObject(unavailable);
  await expect(endDay(cut, organisation, 'technical', '2026-01-01')).rejects.toMatchObject(unavailable);
  await cut.close();
  await pool.end();
});
