import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { randomId } from '@ardoise/format';
import { forkTypeScript, messageFrom } from '../testing/test-process';
import { createTestVault, event, type TestVault } from '../testing/test-vault';
import type { PostgresVault } from './postgres-vault';
import type { Ask, Begin } from './spec-support/vault-process';
import type { UnitKey } from './vault';

const leaseMilliseconds = 30_000;

describe('a process that hears no notice any more', () => {
  let test: TestVault;
  let vault: PostgresVault;
  let cutOff: ChildProcess;
  let organisation: string;

  beforeAll(async () => {
    test = await createTestVault();
    vault = await test.open({ leaseMilliseconds: 0 });
    organisation = await test.organisation(vault);
    cutOff = forkTypeScript(join(__dirname, 'spec-support', 'vault-process.ts'));
    const begin: Begin = {
      url: test.url,
      keys: test.keysFolder,
      leaseMilliseconds,
      now: test.clock.now().toISOString(),
    };
    cutOff.send(begin);
    await messageFrom(cutOff);
  });
  afterAll(async () => {
    cutOff.kill('SIGKILL');
    await test.close();
  });

  const make = async (): Promise<UnitKey> => {
    const person = randomId();
    await vault.admitPerson(organisation, person, `person-${person}`);
    const [key] = await vault.sealingKeys(organisation, [
      { person, stream: `learning-${person}`, category: 'learning' },
    ]);
    return key as UnitKey;
  };
  const ask = async (unit: UnitKey, passed: { wall?: number; monotonic?: number } = {}): Promise<string> => {
    const { wall = 0, monotonic = 0 } = passed;
    const reference = { unit: unit.unit, fingerprint: unit.fingerprint };
    cutOff.send({ wall, monotonic, organisation, unit: reference } satisfies Ask);
    return (await messageFrom<{ state: string }>(cutOff)).state;
  };

  it.each([
    ['the monotonic clock', { monotonic: leaseMilliseconds }],
    ['the wall clock, as after a suspended virtual machine', { wall: leaseMilliseconds }],
  ])('cannot open an erased person’s data after the bound by %s', async (_, passed) => {
    const key = await make();
    expect(await ask(key)).toBe('open');
    await vault.destroy(organisation, event, [key]);
    expect(await ask(key)).toBe('open');
    expect(await ask(key, passed)).toBe('destroyed');
  });

  it('prolongs no lease by using its key', async () => {
    const key = await make();
    for (let part = 0; part < 4; part++) {
      expect(await ask(key, { wall: leaseMilliseconds / 5, monotonic: leaseMilliseconds / 5 })).toBe('open');
    }
    await vault.destroy(organisation, event, [key]);
    expect(await ask(key, { monotonic: (2 * leaseMilliseconds) / 5 })).toBe('destroyed');
  });

  it('bounds the erasures of all processes by its own lease', async () => {
    expect(await vault.leaseBound()).toBe(leaseMilliseconds);
  });
});
