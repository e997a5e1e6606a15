import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/**
 * What has to stay: where the lanes are, so that nothing is done twice; that the organisation has ended; its receipt; who
 * reads at the moment, such as its ledger, which outlives it.
 */
const stays = [
  'reactions.checkpoints',
  'read.checkpoints',
  'read.lanes',
  'reactions.lanes',
  'read.ended_organisations',
  'keys.organisation_ends',
  'readers.readers',
];

/** What stands of an organisation in tables that are no read models: processes under way, receipts, checkpoints. */
@Injectable()
export class OrganisationTraces {
  constructor(private readonly database: DataSource) {}

  /**
   * Removes them from every table that names the organisation in a column of that name, whichever capability's it is:
   * none has to be told, and none can be forgotten. The log and the vault are out of this role's reach.
   */
  async remove(organisation: string): Promise<void> {
    for (const table of await this.tables()) {
      await this.database.query(`DELETE FROM ${table} WHERE organisation = $1`, [organisation]);
    }
  }

  private async tables(): Promise<string[]> {
    const rows: { name: string; quoted: string }[] = await this.database.query(
      `SELECT n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attname = 'organisation' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
          AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'DELETE')
        ORDER BY 1`,
    );
    return rows.filter(({ name }) => !stays.includes(name)).map(({ quoted }) => quoted);
  }
}
