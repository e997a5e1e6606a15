import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ExportedLog } from '../../handed-over';
import type { EndedKey, OrganisationReceipt, Signed } from '../signed-receipt';

/** The end of an organisation, under way or over. */
export interface OrganisationEnd {
  readonly organisation: string;
  readonly state: 'begun' | 'closed' | 'exported' | 'recorded' | 'destroyed' | 'completed';
  readonly closed_at: Date | null;
  readonly export: ExportedLog | null;
  readonly groups: readonly EndedKey[] | null;
  /** Position of the last event that names the organisation's groups; decimal. */
  readonly position: string | null;
  readonly destroyed_at: Date | null;
  /** The last long reader to wait for; decimal. */
  readonly readers_mark: string | null;
  readonly receipt: Signed<OrganisationReceipt> | null;
}

/** The table of ended organisations: the process's memory, and the receipts. */
@Injectable()
export class OrganisationEnds {
  constructor(private readonly database: DataSource) {}

  async begin(organisation: string): Promise<void> {
    await this.database.query(
      `INSERT INTO keys.organisation_ends (organisation, state) VALUES ($1, 'begun') ON CONFLICT DO NOTHING`,
      [organisation],
    );
  }

  async find(organisation: string): Promise<OrganisationEnd | undefined> {
    const rows: OrganisationEnd[] = await this.database.query(
      'SELECT * FROM keys.organisation_ends WHERE organisation = $1',
      [organisation],
    );
    return rows[0];
  }

  async closed(organisation: string, at: Date): Promise<void> {
    await this.move(organisation, 'begun', 'closed', 'closed_at = $4', [at]);
  }

  async exported(organisation: string, exported: ExportedLog): Promise<void> {
    await this.move(organisation, 'closed', 'exported', 'export = $4', [JSON.stringify(exported)]);
  }

  /** @param exported another than before, where events were appended meanwhile */
  async recorded(
    organisation: string,
    groups: readonly EndedKey[],
    position: bigint,
    exported: ExportedLog,
  ): Promise<void> {
    await this.move(organisation, 'exported', 'recorded', 'groups = $4, position = $5, export = $6', [
      JSON.stringify(groups),
      position.toString(),
      JSON.stringify(exported),
    ]);
  }

  async destroyed(organisation: string, at: Date): Promise<void> {
    await this.move(organisation, 'recorded', 'destroyed', 'destroyed_at = $4', [at]);
  }

  async completed(organisation: string, receipt: Signed<OrganisationReceipt>): Promise<void> {
    await this.move(organisation, 'destroyed', 'completed', 'receipt = $4', [JSON.stringify(receipt)]);
  }

  /** The first mark stands. */
  async waitsFor(organisation: string, readersMark: string): Promise<void> {
    await this.database.query(
      'UPDATE keys.organisation_ends SET readers_mark = $2 WHERE organisation = $1 AND readers_mark IS NULL',
      [organisation, readersMark],
    );
  }

  /** Those that are not over, also where only the one who asked can go on. */
  async notOver(): Promise<OrganisationEnd[]> {
    return this.database.query(`SELECT * FROM keys.organisation_ends WHERE state <> 'completed' ORDER BY organisation`);
  }

  /** Those whose keys may be destroyed, and which are not over. */
  async underWay(): Promise<OrganisationEnd[]> {
    return this.database.query(
      `SELECT * FROM keys.organisation_ends WHERE state IN ('recorded', 'destroyed') ORDER BY organisation`,
    );
  }

  /** Who comes second changes nothing. */
  private async move(
    organisation: string,
    from: OrganisationEnd['state'],
    to: OrganisationEnd['state'],
    changes: string,
    values: readonly unknown[],
  ): Promise<void> {
    await this.database.query(
      `UPDATE keys.organisation_ends SET state = $3, ${changes} WHERE organisation = $1 AND state = $2`,
      [organisation, from, to, ...values],
    );
  }
}
