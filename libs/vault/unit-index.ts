import type { VaultDatabase } from './database';
import { entryColumns, type EntryRow, toEntry } from './unit-row';
import type { UnitEntry } from './vault';

/** The index person → units → streams. Destroyed units are in it no more: their links died with their keys. */
export class UnitIndex {
  constructor(private readonly database: VaultDatabase) {}

  async ofPersons(organisation: string, persons: readonly string[]): Promise<UnitEntry[]> {
    const rows = await this.database.query<EntryRow>(
      `SELECT ${entryColumns} FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
        WHERE u.organisation = $1 AND u.person = ANY($2) ORDER BY u.created_at, u.unit`,
      [organisation, persons],
    );
    return rows.map(toEntry);
  }

  async ofStream(organisation: string, stream: string): Promise<UnitEntry[]> {
    const rows = await this.database.query<EntryRow>(
      `SELECT ${entryColumns} FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
        WHERE u.organisation = $1 AND u.stream = $2 AND u.person IS NOT NULL ORDER BY u.created_at, u.unit`,
      [organisation, stream],
    );
    return rows.map(toEntry);
  }
}
