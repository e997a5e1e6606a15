import { createTestVault, type TestVault } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';

describe('units that nothing was sealed under', () => {
  let test: TestVault;
  let vault: PostgresVault;
  let organisation: string;
  const request = { person: 'p'.repeat(32), stream: `enrolment-${'5'.repeat(32)}`, category: 'learning' };
  const always = { from: new Date(0), to: new Date('2100-01-01'), limit: 10 };

  beforeEach(async () => {
    test = await createTestVault();
    vault = await test.open();
    organisation = await test.organisation(vault);
    await vault.admitPerson(organisation, request.person, `person-${'6'.repeat(32)}`);
  });

  afterEach(() => test.close());

  it('are found in pages, by when they were made', async () => {
    for (const category of ['a', 'b', 'c']) await vault.sealingKeys(organisation, [{ ...request, category }]);
    test.clock.set(new Date('2026-11-24T10:00:00Z'));
    const [late] = await vault.sealingKeys(organisation, [{ ...request, category: 'd' }]);
    const to = new Date('2026-11-23T10:00:00Z');
    const first = await vault.upkeep.unitsMadeBetween(organisation, { ...always, to, limit: 2 });
    const rest = await vault.upkeep.unitsMadeBetween(organisation, { ...always, to, after: first[1]?.unit, limit: 2 });
    expect([first.length, rest.length]).toEqual([2, 1]);
    expect([...first, ...rest].map(({ unit }) => unit)).not.toContain(late?.unit);
    expect(first[0]).toMatchObject({ stream: request.stream });
  });

  it('seal nothing while they are looked at, which passes, and seal again when they were none', async () => {
    const [key] = await vault.sealingKeys(organisation, [request]);
    const unit = key?.unit as string;
    await vault.upkeep.fenceUnits(organisation, [unit]);
    await expect(vault.sealingKeys(organisation, [request])).rejects.toMatchObject({ code: 'vault-unavailable' });
    expect((await vault.upkeep.unitsMadeBetween(organisation, always)).map((one) => one.unit)).toEqual([unit]);
    await vault.upkeep.unfenceUnits(organisation, [unit]);
    expect((await vault.sealingKeys(organisation, [request]))[0]?.unit).toBe(unit);
  });

  it('are buried without an event, and another is made when one is needed', async () => {
    const [key] = await vault.sealingKeys(organisation, [request]);
    const orphan = { unit: key?.unit as string, fingerprint: key?.fingerprint as string };
    expect(await vault.upkeep.buryOrphans(organisation, [orphan])).toBe(0);
    await vault.upkeep.fenceUnits(organisation, [orphan.unit]);
    expect(await vault.upkeep.buryOrphans(organisation, [orphan])).toBe(1);
    await expect(vault.openingKeys(organisation, [orphan])).rejects.toMatchObject({ code: 'key-gone' });
    expect((await vault.sealingKeys(organisation, [request]))[0]?.unit).not.toBe(orphan.unit);
    expect(await vault.upkeep.notEnded([orphan.unit, 'f'.repeat(32)])).toEqual(['f'.repeat(32)]);
  });

  it("stay the erasure's once their person is fenced", async () => {
    const [key] = await vault.sealingKeys(organisation, [request]);
    const unit = key?.unit as string;
    await vault.upkeep.fenceUnits(organisation, [unit]);
    const fenced = await vault.fence(organisation, [request.person], []);
    expect(fenced.map((one) => one.unit)).toEqual([unit]);
    await vault.upkeep.unfenceUnits(organisation, [unit]);
    await expect(vault.sealingKeys(organisation, [request])).rejects.toMatchObject({ code: 'person-erased' });
    expect(await vault.upkeep.unitsMadeBetween(organisation, always)).toEqual([]);
  });

  it('are told apart, one by one, whatever is wrong with their neighbours', async () => {
    const [open, gone] = await vault.sealingKeys(organisation, [request, { ...request, category: 'other' }]);
    const references = [open, gone].map((key) => ({ unit: key?.unit ?? '', fingerprint: key?.fingerprint ?? '' }));
    await test.sql(
      `UPDATE vault.units SET state = 'destroyed', wrapped = NULL, person = NULL, stream = NULL, category = NULL,
              part = NULL, ended_at = now() WHERE unit = $1`,
      [gone?.unit],
    );
    const unknown = { unit: '1'.repeat(32), fingerprint: '2'.repeat(64) };
    const found = await vault.upkeep.examine(organisation, [...references, unknown]);
    expect([...found.values()]).toEqual(['open', 'key-gone', 'unknown']);
    expect(await vault.upkeep.notLost([gone?.unit as string, unknown.unit])).toEqual([unknown.unit]);
    expect(
      await vault.upkeep.personsOf(
        organisation,
        references.map(({ unit }) => unit),
      ),
    ).toEqual([request.person]);
  });
});
