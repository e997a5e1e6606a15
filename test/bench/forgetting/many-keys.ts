import { randomId } from '@ardoise/format';
import { createClient, createPool } from '@ardoise/postgres';
import { SystemClock } from '@ardoise/time';
import { Rotation, type UnitEntry } from '@ardoise/vault';
import type { Pool } from 'pg';
import { endedGroupsOf } from '../../../src/keys/ends/ended-groups';
import { Keyring } from '../../../src/keys/keyring';
import { KeyringLog } from '../../../src/keys/rotation/keyring-log';
import type { Platform } from '../../../src/platform/platform';
import { context } from '../generator';
import { organisation } from './platform';

const category = 'technical';
const piece = 5_000;

/** What ends for many at once, or is made anew for all, on one organisation of so many persons. */
export class ManyKeys {
  private readonly keyring: Keyring;

  constructor(
    private readonly platform: Platform,
    private readonly databaseUrl: string,
    private readonly persons: number,
  ) {
    this.keyring = new Keyring(platform.recorder, platform.store, platform.anchors);
  }

  /** One living key for each person. */
  async makeKeys(): Promise<void> {
    const { vault } = this.platform;
    await vault.admitOrganisation(organisation);
    for (let at = 0; at < this.persons; at += piece) {
      const persons = Array.from({ length: Math.min(piece, this.persons - at) }, () => randomId());
      await Promise.all(persons.map((person) => vault.admitPerson(organisation, person, `person-${person}`)));
      const requests = persons.map((person) => ({ person, stream: `person-${person}`, category: 'account' }));
      await vault.sealingKeys(organisation, requests);
    }
  }

  /** A day on which every person logged in: the first key is made as ever, the others' rows are copies of its row. */
  async fillDay(day: string): Promise<void> {
    const person = randomId();
    const stream = `login-${randomId()}`;
    await this.platform.vault.admitPerson(organisation, person, `person-${person}`);
    await this.platform.vault.sealingKeys(organisation, [{ person, stream, category, day }]);
    await this.asOwner(
      `INSERT INTO vault.units (unit, organisation, group_id, person, stream, category, part, day, state, wrapped,
                                fingerprint, created_at)
       SELECT gen_random_uuid(), u.organisation, group_id, md5(u.person || copy), 'login-' || md5(u.stream || copy),
              category, part, day, u.state, wrapped, fingerprint, created_at
         FROM vault.units u, generate_series(2, $2) AS copy WHERE u.stream = $1`,
      [stream, this.persons],
    );
  }

  /** Destroys a day's keys as its ending does: closed, recorded in log and anchor, destroyed. Gives milliseconds. */
  async endDay(day: string): Promise<number> {
    const { vault } = this.platform;
    const begun = performance.now();
    const groups = await vault.closeDay(organisation, category, day);
    const command = { type: 'end-groups' as const, cause: 'day' as const, groups };
    const { commandId } = context(organisation);
    const { parts } = endedGroupsOf(await this.keyring.record(organisation, commandId, command));
    for (const { event, groups: part } of parts) await vault.destroyGroups(organisation, event, part);
    const took = performance.now() - begun;
    const left = (await vault.groups(organisation)).filter((group) => group.day === day && group.state !== 'destroyed');
    if (groups.length === 0 || left.length > 0) throw new Error('the day was not ended');
    return took;
  }

  /** Keys rewrapped and verified in a second, from the rotation's beginning until it waits for its horizon. */
  async rotate(): Promise<number> {
    const { server, keyEncryption, vault } = this.platform;
    const pool = createPool(server.url, { role: 'ardoise_vault', max: 3, applicationName: 'bench rotation' });
    try {
      const log = new KeyringLog(this.keyring, vault);
      const rotation = new Rotation({ pool, keyEncryption, log, clock: new SystemClock() });
      const begun = performance.now();
      await rotation.rotate({ horizonMilliseconds: 86_400_000 });
      const seconds = (performance.now() - begun) / 1000;
      const [entry] = await rotation.entries.inStates(['waiting']);
      if (entry?.units === undefined || entry.units < this.persons) throw new Error('not all keys were rotated');
      return entry.units / seconds;
    } finally {
      await pool.end();
    }
  }

  /** Ends the key of every person, as the end of a retention does. */
  async endKeys(): Promise<void> {
    const units = await livingUnits(this.platform.pools.vault);
    for (let at = 0; at < units.length; at += piece) {
      const named = units.slice(at, at + piece).map(({ unit, fingerprint }) => [unit, fingerprint] as const);
      const command = { type: 'fence-keys' as const, cause: 'retention' as const, units: named };
      const entries = await this.keyring.record(organisation, context(organisation).commandId, command);
      for (const { event } of entries) {
        if (event.type !== 'keys-fenced') continue;
        const part = event.facts.units.map(([unit, fingerprint]) => ({ unit, fingerprint }));
        await this.platform.vault.destroy(organisation, event.id, part);
      }
    }
    await this.platform.anchors.write(organisation);
  }

  private async asOwner(text: string, values: readonly unknown[]): Promise<void> {
    const client = createClient(this.databaseUrl, { applicationName: 'ardoise bench' });
    await client.connect();
    try {
      await client.query(text, [...values]);
      await client.query('VACUUM ANALYZE vault.units');
      await client.query('CHECKPOINT');
    } finally {
      await client.end();
    }
  }
}

async function livingUnits(pool: Pool): Promise<Pick<UnitEntry, 'unit' | 'fingerprint'>[]> {
  const { rows } = await pool.query<{ unit: string; fingerprint: string }>(
    `SELECT replace(unit::text, '-', '') AS unit, encode(fingerprint, 'hex') AS fingerprint FROM vault.units
      WHERE organisation = $1 AND state = 'active' AND day IS NULL`,
    [organisation],
  );
  return rows;
}
