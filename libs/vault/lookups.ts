import { isId } from '@ardoise/format';
import type { VaultDatabase } from './database';
import { lookupDigest } from './naming';
import type { Secrets } from './secrets';
import { VaultError } from './vault';

/** Persons found again by an external id that could be guessed, of which only a keyed digest is kept. */
export class Lookups {
  constructor(
    private readonly database: VaultDatabase,
    private readonly secrets: Secrets,
  ) {}

  async put(organisation: string, system: string, value: string, person: string, unit: string): Promise<boolean> {
    const digest = await this.digest(organisation, system, value);
    // The unit is locked before the look-up is written: a destruction of the unit waits, and then removes this too.
    const [done] = await this.database.query<{ living: string; put: string }>(
      `WITH unit AS (
              SELECT unit FROM vault.units
               WHERE unit = $4::uuid AND organisation = $1 AND person = $3 AND state IN ('active', 'held') FOR SHARE),
            put AS (
              INSERT INTO vault.lookups AS taken (organisation, digest, person, unit)
              SELECT $1, $2, $3, unit FROM unit
              ON CONFLICT (organisation, digest) DO UPDATE SET unit = excluded.unit WHERE taken.person = excluded.person
              RETURNING 1)
       SELECT (SELECT count(*) FROM unit) AS living, (SELECT count(*) FROM put) AS put`,
      [organisation, digest, person, isId(unit) ? unit : null],
    );
    if (Number(done?.living) === 0) {
      throw new VaultError('unit-ended', `unit ${unit} is not a living unit of the look-up's person`);
    }
    return Number(done?.put) > 0;
  }

  async drop(organisation: string, system: string, value: string, person: string): Promise<void> {
    const digest = await this.digest(organisation, system, value);
    await this.database.query('DELETE FROM vault.lookups WHERE organisation = $1 AND digest = $2 AND person = $3', [
      organisation,
      digest,
      person,
    ]);
  }

  /** Found only while the unit that the external id is sealed under could be opened. */
  async find(organisation: string, system: string, value: string): Promise<string | undefined> {
    const digest = await this.digest(organisation, system, value);
    const [row] = await this.database.query<{ person: string }>(
      `SELECT l.person
         FROM vault.lookups l JOIN vault.units u ON u.unit = l.unit JOIN vault.groups g ON g.id = u.group_id
        WHERE l.organisation = $1 AND l.digest = $2 AND u.state IN ('active', 'held') AND g.state <> 'destroyed'`,
      [organisation, digest],
    );
    return row?.person;
  }

  private async digest(organisation: string, system: string, value: string): Promise<Buffer> {
    return lookupDigest(await this.secrets.load(organisation, 'lookup'), system, value);
  }
}
