import { idOf, type VaultDatabase } from './database';
import type { UnitReference } from './vault';

/**
 * What the vault has on record, asked for many ids at once: a log is folded into a vault that has it already, at each
 * start, and nothing of that is written again.
 */
export class Records {
  constructor(private readonly database: VaultDatabase) {}

  /** Those of the ids of units or groups that are not on record as ended. */
  async notEnded(ids: readonly string[]): Promise<string[]> {
    return this.ids(
      `SELECT asked.id FROM unnest($1::uuid[]) AS asked(id)
        WHERE NOT EXISTS (SELECT FROM vault.endings e WHERE e.id = asked.id OFFSET 0)`,
      [ids],
    );
  }

  /** Those of the units that are neither lost nor destroyed; also such as have no row. */
  async notLost(units: readonly string[]): Promise<string[]> {
    return this.ids(
      `SELECT asked.id FROM unnest($1::uuid[]) AS asked(id)
        WHERE NOT EXISTS (SELECT FROM vault.units u
                           WHERE u.unit = asked.id AND u.state IN ('lost', 'destroyed') OFFSET 0)
          AND NOT EXISTS (SELECT FROM vault.endings e WHERE e.id = asked.id OFFSET 0)`,
      [units],
    );
  }

  /** Whose the units are, where the vault still says so; sorted. */
  async personsOf(organisation: string, units: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ person: string }>(
      `SELECT DISTINCT person COLLATE "C" AS person FROM vault.units
        WHERE organisation = $1 AND unit = ANY($2::uuid[]) AND person IS NOT NULL ORDER BY 1`,
      [organisation, units],
    );
    return rows.map(({ person }) => person);
  }

  /** The units that hang under the groups and have a key. */
  async unitsUnder(organisation: string, groups: readonly string[]): Promise<UnitReference[]> {
    const rows = await this.database.query<{ unit: string; fingerprint: Buffer }>(
      `SELECT unit, fingerprint FROM vault.units
        WHERE organisation = $1 AND group_id = ANY($2::uuid[]) AND state IN ('active', 'held', 'fenced')`,
      [organisation, groups],
    );
    return rows.map(({ unit, fingerprint }) => ({ unit: idOf(unit), fingerprint: fingerprint.toString('hex') }));
  }

  private async ids(statement: string, values: readonly unknown[]): Promise<string[]> {
    return (await this.database.query<{ id: string }>(statement, values)).map(({ id }) => idOf(id));
  }
}
