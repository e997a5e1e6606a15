import { createPool } from '@ardoise/postgres';
import { SettableClock } from '@ardoise/time';
import { FileKeyEncryption } from '../key-encryption/file';
import { PostgresVault } from '../postgres-vault';
import type { UnitReference } from '../vault';

export interface Begin {
  readonly url: string;
  readonly keys: string;
  readonly leaseMilliseconds: number;
  readonly now: string;
}

/** Time that passed in this process, on either clock; and what to open then. */
export interface Ask {
  readonly wall: number;
  readonly monotonic: number;
  readonly organisation: string;
  readonly unit: UnitReference;
}

/**
 * A process of its own with a vault: opens what it is asked for, on clocks that it is told. Its listening connection is
 * severed as a broken network does it: it stays open on this side, and nothing comes any more.
 */
async function run({ url, keys, leaseMilliseconds, now }: Begin): Promise<void> {
  const clock = new SettableClock(new Date(now));
  const time = { monotonic: 0 };
  const pool = createPool(url, { role: 'ardoise_vault', applicationName: 'cut off' });
  const vault = await PostgresVault.open({
    pool,
    keyEncryption: await FileKeyEncryption.open(keys),
    clock,
    monotonic: () => time.monotonic,
    leaseMilliseconds,
    listen: false,
  });
  process.on('message', (message) => {
    const { wall, monotonic, organisation, unit } = message as Ask;
    clock.advance(wall);
    time.monotonic += monotonic;
    void vault.openingKeys(organisation, [unit]).then(
      (answer) => process.send?.({ state: answer.get(unit.unit)?.state, bound: vault.leaseMilliseconds }),
      (error: { code?: string }) => process.send?.({ state: error.code }),
    );
  });
  process.send?.({ state: 'ready' });
}

process.once('message', (message) => void run(message as Begin));
