import { randomId } from '@ardoise/format';
import { createTestVault, event, type TestVault } from '../testing/test-vault';
import type { EndedEntry } from './ended';
import type { PostgresVault } from './postgres-vault';
import type { UnitKey, UnitRequest } from './vault';

const first = '0'.repeat(32);

describe('what the vault says has ended', () => {
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

  const make = (category = 'learning', day?: string): Promise<UnitKey> => {
    const request: UnitRequest = { person, stream: `stream-${randomId()}`, category, ...(day ? { day } : {}) };
    return vault.sealingKeys(organisation, [request]).then(([key]) => key as UnitKey);
  };
  const ended = (): Promise<EndedEntry[]> => vault.upkeep.endedUnits(organisation, first, 100);
  const destroyed = ({ unit, fingerprint }: UnitKey): EndedEntry => ({
    id: unit,
    fingerprint,
    state: 'destroyed',
    receipt: event,
  });

  it('names units with what ended them, and none that lives', async () => {
    const [one, lost, orphan] = [await make(), await make(), await make()];
    await make();
    expect(await ended()).toEqual([]);
    await vault.destroy(organisation, event, [one]);
    await vault.markLost(organisation, [lost]);
    await vault.upkeep.fenceUnits(organisation, [orphan.unit]);
    await vault.upkeep.buryOrphans(organisation, [orphan]);
    const expected: EndedEntry[] = [
      destroyed(one),
      { id: lost.unit, fingerprint: lost.fingerprint, state: 'lost' },
      { id: orphan.unit, fingerprint: orphan.fingerprint, state: 'destroyed' },
    ];
    expected.sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(await ended()).toEqual(expected);
    const other = await test.organisation(vault);
    expect(await vault.upkeep.endedUnits(other, first, 100)).toEqual([]);
  });

  it('gives them in pages, each once', async () => {
    const units = await Promise.all(Array.from({ length: 25 }, () => make()));
    await vault.destroy(organisation, event, units.slice(0, 20));
    await vault.markLost(organisation, units.slice(20, 23));
    const paged: string[] = [];
    for (let page = await vault.upkeep.endedUnits(organisation, first, 4); page.length > 0;) {
      paged.push(...page.map(({ id }) => id));
      page = await vault.upkeep.endedUnits(organisation, paged.at(-1) as string, 4);
    }
    expect(paged).toEqual((await ended()).map(({ id }) => id));
    expect(paged).toHaveLength(23);
  });

  it('tells of what hung under a group by its group alone, also when its rows are swept', async () => {
    const day = '2025-10-01';
    const [apart, other] = [await make('technical', day), await make('technical', day)];
    await vault.destroy(organisation, event, [apart]);
    await vault.closeDay(organisation, 'technical', '2025-10-02');
    const [group] = await vault.closeDay(organisation, 'technical', day);
    const receipt = randomId();
    await vault.destroyGroups(organisation, receipt, group ? [group] : []);
    expect(await ended()).toEqual([destroyed(apart)]);
    await vault.sweepEndedDays(1_000);
    await vault.sweepEndedDays(1_000);
    expect(await test.sql('SELECT FROM vault.units WHERE organisation = $1', [organisation])).toEqual([]);
    expect(await ended()).toEqual([destroyed(apart)]);
    expect(await vault.upkeep.endedGroups(organisation, first, 10)).toEqual([
      { id: group?.group, fingerprint: group?.fingerprint, state: 'destroyed', receipt },
    ]);
    expect(other.unit).not.toBe(apart.unit);
  });

  it('names what somebody destroyed without a word', async () => {
    const { unit, fingerprint } = await make();
    await test.sql(
      `UPDATE vault.units SET state = 'destroyed', wrapped = NULL, person = NULL, stream = NULL, category = NULL,
              part = NULL, ended_at = now() WHERE unit = $1`,
      [unit],
    );
    expect(await ended()).toEqual([{ id: unit, fingerprint, state: 'destroyed' }]);
  });
});
