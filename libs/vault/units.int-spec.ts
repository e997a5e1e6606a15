import { fingerprintOf, randomId } from '@ardoise/format';
import { createTestVault, type TestVault, event } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';
import type { UnitKey, UnitRequest } from './vault';

let test: TestVault;
let vault: PostgresVault;
let other: PostgresVault;
let organisation: string;
let person: string;

beforeAll(async () => {
  test = await createTestVault();
  vault = await test.open();
  other = await test.open({ listen: false });
});
afterAll(() => test.close());
beforeEach(async () => {
  organisation = await test.organisation(vault);
  person = randomId();
  await vault.admitPerson(organisation, person, `person-${person}`);
});

const request = (more: Partial<UnitRequest> = {}): UnitRequest => ({
  person,
  stream: `learning-${randomId()}`,
  category: 'learning',
  ...more,
});

describe('making units', () => {
  it('gives a key with its fingerprint, and the same one again', async () => {
    const wanted = request();
    const [first] = (await vault.sealingKeys(organisation, [wanted])) as [UnitKey];
    expect(first).toMatchObject({ category: 'learning', person });
    expect(first.day).toBeUndefined();
    expect(first.key).toHaveLength(32);
    expect(first.fingerprint).toBe(fingerprintOf(first.key, first.unit));
    expect(await vault.sealingKeys(organisation, [wanted])).toEqual([first]);
    expect(await other.sealingKeys(organisation, [wanted])).toEqual([first]);
  });

  it('keeps the order asked for, and tells streams, categories and parts apart', async () => {
    const stream = `person-${person}`;
    const requests = [
      request({ stream, category: 'identity', part: 'b' }),
      request({ stream, category: 'identity', part: 'a' }),
      request({ stream, category: 'identity' }),
      request({ stream, category: 'contact', part: 'a' }),
      request({ stream, category: 'identity', part: 'b' }),
      request(),
    ];
    const keys = await vault.sealingKeys(organisation, requests);
    expect(keys.map(({ category }) => category)).toEqual(requests.map(({ category }) => category));
    expect(keys[4]).toBe(keys[0]);
    expect(new Set(keys.map(({ unit }) => unit)).size).toBe(5);
    expect(await other.sealingKeys(organisation, [...requests].reverse())).toEqual([...keys].reverse());
  });

  it('gives one key when two processes ask for the same units at once, in two orders', async () => {
    for (let round = 0; round < 20; round++) {
      const requests = Array.from({ length: 50 }, () => request());
      const [ours, theirs] = await Promise.all([
        vault.sealingKeys(organisation, requests),
        other.sealingKeys(organisation, [...requests].reverse()),
      ]);
      expect(theirs.reverse()).toEqual(ours);
    }
    const [{ count }] = (await test.sql('SELECT count(*)::int AS count FROM vault.units WHERE organisation = $1', [
      organisation,
    ])) as [{ count: number }];
    expect(count).toBe(1_000);
  });

  it('gathers concurrent calls into shared statements', async () => {
    const query = jest.spyOn((vault as unknown as { database: { query: () => unknown } }).database, 'query');
    await Promise.all(Array.from({ length: 100 }, () => vault.sealingKeys(organisation, [request()])));
    expect(query.mock.calls.length).toBeLessThanOrEqual(3);
    query.mockRestore();
  });

  it('fails only the call whose unit is refused', async () => {
    const results = await Promise.allSettled([
      vault.sealingKeys(organisation, [request()]),
      vault.sealingKeys(organisation, [request(), request({ person: randomId() })]),
      vault.sealingKeys('nobody', [request()]),
      vault.sealingKeys(organisation, [request()]),
      vault.sealingKeys(organisation, [request({ day: '2026-02-30' })]),
      vault.sealingKeys(organisation, [request({ part: 'a\0b' })]),
    ]);
    expect(
      results.map((one) => (one.status === 'fulfilled' ? one.status : String(one.reason.code ?? one.reason.name))),
    ).toEqual(['fulfilled', 'person-unknown', 'organisation-unknown', 'fulfilled', 'RangeError', 'RangeError']);
  });

  it('knows no person of another organisation', async () => {
    const elsewhere = await test.organisation(vault);
    await expect(vault.sealingKeys(elsewhere, [request()])).rejects.toMatchObject({ code: 'person-unknown' });
  });
});

describe('opening units', () => {
  const open = async (by: PostgresVault, key: { unit: string; fingerprint: string }, of = organisation) =>
    (await by.openingKeys(of, [key])).get(key.unit);

  it('gives the key in another process', async () => {
    const [key] = (await vault.sealingKeys(organisation, [request()])) as [UnitKey];
    expect(await open(other, key)).toEqual({ state: 'open', key });
    expect(await open(vault, key)).toEqual({ state: 'open', key });
  });

  it('knows nothing of a unit that never was, or is another organisation’s', async () => {
    const [key] = (await vault.sealingKeys(organisation, [request()])) as [UnitKey];
    const elsewhere = await test.organisation(vault);
    expect(await open(vault, key, elsewhere)).toEqual({ state: 'unknown' });
    expect(await open(other, key, elsewhere)).toEqual({ state: 'unknown' });
    expect(await open(vault, { unit: randomId(), fingerprint: key.fingerprint })).toEqual({ state: 'unknown' });
    expect(await open(vault, { unit: 'no id', fingerprint: '' })).toEqual({ state: 'unknown' });
  });

  it('refuses a header that names another fingerprint, from the cache and from the table', async () => {
    const [key] = (await vault.sealingKeys(organisation, [request()])) as [UnitKey];
    const reference = { unit: key.unit, fingerprint: 'f'.repeat(64) };
    await expect(open(vault, reference)).rejects.toMatchObject({ code: 'key-tampered' });
    await expect(open(other, reference)).rejects.toMatchObject({ code: 'key-tampered' });
    await vault.destroy(organisation, event, [key]);
    await expect(open(vault, reference)).rejects.toMatchObject({ code: 'key-tampered' });
  });

  it('reads a lost key as lost', async () => {
    const [key] = (await vault.sealingKeys(organisation, [request()])) as [UnitKey];
    await test.sql(`UPDATE vault.units SET state = 'lost', wrapped = NULL, ended_at = now() WHERE unit = $1`, [
      key.unit,
    ]);
    expect(await open(other, key)).toEqual({ state: 'lost' });
    vault.dropUnits([key.unit]);
    expect(await open(vault, key)).toEqual({ state: 'lost' });
  });

  it('gathers concurrent calls into shared statements', async () => {
    const keys = await vault.sealingKeys(
      organisation,
      Array.from({ length: 200 }, () => request()),
    );
    await other.openingKeys(organisation, keys.slice(0, 1));
    const query = jest.spyOn((other as unknown as { database: { query: () => unknown } }).database, 'query');
    await Promise.all(keys.map((key) => other.openingKeys(organisation, [key])));
    expect(query.mock.calls.length).toBe(1);
    query.mockRestore();
  });
});

describe('naming', () => {
  it('is the same in every process, and another in every organisation', async () => {
    const command = (await vault.naming(organisation)).command('s', 'c');
    expect((await other.naming(organisation)).command('s', 'c')).toEqual(command);
    await vault.admitOrganisation(organisation);
    vault.dropUnits([]);
    expect((await (await test.open()).naming(organisation)).command('s', 'c')).toEqual(command);
    const elsewhere = await test.organisation(vault);
    expect((await vault.naming(elsewhere)).command('s', 'c')).not.toEqual(command);
    await expect(vault.naming('nobody')).rejects.toMatchObject({ code: 'organisation-unknown' });
  });

  it('is made once when two processes admit an organisation at once', async () => {
    for (let round = 0; round < 10; round++) {
      const fresh = `o${randomId()}`;
      await Promise.all([vault.admitOrganisation(fresh), other.admitOrganisation(fresh)]);
      const names = await Promise.all([vault, other].map(async (one) => (await one.naming(fresh)).id('x')));
      expect(names[0]).toBe(names[1]);
    }
  });
});
