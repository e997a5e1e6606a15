import { Gatherer } from '@ardoise/gathering';
import type { VaultDatabase } from './database';
import { entryColumns, type EntryRow, toEntry } from './unit-row';
import type { UnitEntry } from './vault';

interface Sought {
  readonly organisation: string;
  readonly person: string;
}

/** The index person → units → streams. Destroyed units are in it no more: their links died with their keys. */
export class UnitIndex {
  constructor(private readonly database: VaultDatabase) {}

  private readonly gathering = new Gatherer((sought: readonly Sought[]) => this.find(sought));

  async ofPersons(organisation: string, persons: readonly string[]): Promise<UnitEntry[]> {
    const lists = await this.gathering.ask(persons.map((person) => ({ organisation, person })));
    if (lists.length === 1) return lists[0] as UnitEntry[];
    return lists.flat().sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.unit < b.unit ? -1 : 1));
  }

  private async find(sought: readonly Sought[]): Promise<UnitEntry[][]> {
    const rows = await this.database.query<EntryRow & { readonly number: string }>(
      `SELECT w.number, ${entryColumns}
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(organisation, person, number)
        CROSS JOIN LATERAL (
              SELECT * FROM vault.units found
               WHERE found.organisation = w.organisation AND found.person = w.person OFFSET 0) u
         JOIN vault.groups g ON g.id = u.group_id ORDER BY w.number, u.created_at, u.unit`,
      [sought.map(({ organisation }) => organisation), sought.map(({ person }) => person)],
    );
    const lists: UnitEntry[][] = sought.map(() => []);
    for (const row of rows) lists[Number(row.number) - 1]?.push(toEntry(row));
    return lists;
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
