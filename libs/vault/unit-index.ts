import type { VaultDatabase } from './database';
import { Gatherer } from './gatherer';
import { entryColumns, type EntryRow, toEntry } from './unit-row';
import type { UnitEntry } from './vault';

interface Asked {
  readonly organisation: string;
  readonly person: string;
}

/** The index person → units → streams. Destroyed units are in it no more: their links died with their keys. */
export class UnitIndex {
  private readonly ofOne = new Gatherer((asked: readonly Asked[]) => this.ofEach(asked));

  constructor(private readonly database: VaultDatabase) {}

  async ofPersons(organisation: string, persons: readonly string[]): Promise<UnitEntry[]> {
    const [person, ...others] = persons;
    if (person !== undefined && others.length === 0) {
      const [units = []] = await this.ofOne.ask([{ organisation, person }]);
      return units;
    }
    const rows = await this.database.query<EntryRow>(
      `SELECT ${entryColumns} FROM vault.units u JOIN vault.groups g ON g.id = u.group_id
        WHERE u.organisation = $1 AND u.person = ANY($2) ORDER BY u.created_at, u.unit`,
      [organisation, persons],
    );
    return rows.map(toEntry);
  }

  private async ofEach(asked: readonly Asked[]): Promise<UnitEntry[][]> {
    const rows = await this.database.query<EntryRow & { readonly n: string }>(
      `SELECT asked.n, ${entryColumns}
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (organisation, person, n)
         JOIN vault.units u ON u.organisation = asked.organisation AND u.person = asked.person
         JOIN vault.groups g ON g.id = u.group_id
        ORDER BY asked.n, u.created_at, u.unit`,
      [asked.map(({ organisation }) => organisation), asked.map(({ person }) => person)],
    );
    const units: UnitEntry[][] = asked.map(() => []);
    for (const row of rows) units[Number(row.n) - 1]?.push(toEntry(row));
    return units;
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
