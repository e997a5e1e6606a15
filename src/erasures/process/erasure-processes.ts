import { Injectable } from '@nestjs/common';
import { randomId } from '@ardoise/format';
import { DataSource } from 'typeorm';
import type { Receipt } from './receipt';

export interface KeptUnit {
  readonly category: string;
  readonly ground: string;
  readonly until: string;
}

/** An erasure under way. */
export interface ErasureRow {
  readonly organisation: string;
  readonly erasure: string;
  readonly person: string;
  readonly nonce: string;
  readonly state: 'decided' | 'destroyed' | 'completed';
  /** Unit and fingerprint of what was ended. */
  readonly units: readonly (readonly [string, string])[] | null;
  readonly kept: readonly KeptUnit[] | null;
  /** Position of the last event that names the ended keys; decimal. */
  readonly fenced_position: string | null;
  readonly destroyed_at: Date | null;
  readonly receipt: Receipt | null;
  readonly completed_at: Date | null;
}

/** The table of erasures under way: the process's memory, one row from the decision until the receipt is collected. */
@Injectable()
export class ErasureProcesses {
  constructor(private readonly database: DataSource) {}

  /** Begins, or finds what was begun. */
  async begin(organisation: string, erasure: string, person: string): Promise<ErasureRow> {
    await this.database.query(
      `INSERT INTO erasures.processes (organisation, erasure, person, nonce, state)
       VALUES ($1, $2, $3, $4, 'decided') ON CONFLICT DO NOTHING`,
      [organisation, erasure, person, randomId()],
    );
    return (await this.find(organisation, erasure)) as ErasureRow;
  }

  async find(organisation: string, erasure: string): Promise<ErasureRow | undefined> {
    const rows: ErasureRow[] = await this.database.query(
      `SELECT * FROM erasures.processes WHERE organisation = $1 AND erasure = $2`,
      [organisation, erasure],
    );
    return rows[0];
  }

  /** What the fence gave: remembered before the keys end, for afterwards nobody could tell. */
  async fenced(row: ErasureRow, units: ErasureRow['units'], kept: readonly KeptUnit[]): Promise<void> {
    await this.database.query(
      `UPDATE erasures.processes SET units = $3, kept = $4 WHERE organisation = $1 AND erasure = $2 AND state = 'decided'`,
      [row.organisation, row.erasure, JSON.stringify(units), JSON.stringify(kept)],
    );
  }

  async destroyed(row: ErasureRow, position: bigint, at: Date): Promise<void> {
    await this.database.query(
      `UPDATE erasures.processes SET state = 'destroyed', fenced_position = $3, destroyed_at = $4
        WHERE organisation = $1 AND erasure = $2 AND state = 'decided'`,
      [row.organisation, row.erasure, position.toString(), at],
    );
  }

  /** Those whose keys are destroyed, and which wait for lanes and leases. */
  async waiting(): Promise<ErasureRow[]> {
    return this.database.query(
      `SELECT * FROM erasures.processes WHERE state = 'destroyed' ORDER BY destroyed_at LIMIT 1000`,
    );
  }

  /** Remembers the receipt before its hash is recorded; gives the one that was there first. */
  async receipt(row: ErasureRow, receipt: Receipt): Promise<Receipt> {
    await this.database.query(
      `UPDATE erasures.processes SET receipt = $3 WHERE organisation = $1 AND erasure = $2 AND receipt IS NULL`,
      [row.organisation, row.erasure, JSON.stringify(receipt)],
    );
    return (await this.find(row.organisation, row.erasure))?.receipt ?? receipt;
  }

  async completed(row: ErasureRow, at: Date): Promise<void> {
    await this.database.query(
      `UPDATE erasures.processes SET state = 'completed', completed_at = $3, units = NULL, kept = NULL
        WHERE organisation = $1 AND erasure = $2 AND state = 'destroyed'`,
      [row.organisation, row.erasure, at],
    );
  }

  /** Forgets what is over: from here nothing leads from the request to the keys. */
  async forgetCompletedBefore(instant: Date): Promise<void> {
    await this.database.query(`DELETE FROM erasures.processes WHERE state = 'completed' AND completed_at < $1`, [
      instant,
    ]);
  }
}
