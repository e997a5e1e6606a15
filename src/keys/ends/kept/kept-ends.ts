import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { NamedUnit } from '../../domain/keyring';

/** Units whose date has come, from their listing until everybody has forgotten them. */
export interface KeptEnd {
  readonly organisation: string;
  /** Random; what the command id of their event is derived from. */
  readonly batch: string;
  readonly state: 'listed' | 'destroyed';
  readonly units: readonly NamedUnit[];
  readonly position: string | null;
  readonly destroyed_at: Date | null;
}

const columns = 'organisation, batch, state, units, position, destroyed_at';

/** The table of kept units whose date has come: the process's memory, and no longer. */
@Injectable()
export class KeptEnds {
  constructor(private readonly database: DataSource) {}

  async listed(organisation: string): Promise<KeptEnd | undefined> {
    const rows: KeptEnd[] = await this.database.query(
      `SELECT ${columns} FROM keys.kept_ends WHERE organisation = $1 AND state = 'listed'`,
      [organisation],
    );
    return rows[0];
  }

  /** Remembers a list, or finds the one that another process has made. */
  async list(organisation: string, batch: string, units: readonly NamedUnit[]): Promise<KeptEnd | undefined> {
    await this.database.query(
      `INSERT INTO keys.kept_ends (organisation, batch, state, units) VALUES ($1, $2, 'listed', $3)
       ON CONFLICT DO NOTHING`,
      [organisation, batch, JSON.stringify(units)],
    );
    return this.listed(organisation);
  }

  async destroyed({ organisation, batch }: KeptEnd, position: bigint, at: Date): Promise<void> {
    await this.database.query(
      `UPDATE keys.kept_ends SET state = 'destroyed', position = $3, destroyed_at = $4
        WHERE organisation = $1 AND batch = $2 AND state = 'listed'`,
      [organisation, batch, position.toString(), at],
    );
  }

  async waiting(): Promise<KeptEnd[]> {
    return this.database.query(`SELECT ${columns} FROM keys.kept_ends WHERE state = 'destroyed' LIMIT 1000`);
  }

  async drop({ organisation, batch }: KeptEnd): Promise<void> {
    await this.database.query('DELETE FROM keys.kept_ends WHERE organisation = $1 AND batch = $2', [
      organisation,
      batch,
    ]);
  }
}
