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
  /** The last long reader to wait for; decimal. */
  readonly readers_mark: string | null;
}

const columns = 'organisation, batch, state, units, position, destroyed_at, readers_mark';

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

  /**
   * Begins an empty list, or finds the one that another process has begun. What is due is looked for only then: whoever
   * looked before might list units that another list has ended meanwhile, and name them a second time.
   */
  async begin(organisation: string, batch: string): Promise<KeptEnd | undefined> {
    await this.database.query(
      `INSERT INTO keys.kept_ends (organisation, batch, state, units) VALUES ($1, $2, 'listed', '[]')
       ON CONFLICT DO NOTHING`,
      [organisation, batch],
    );
    return this.listed(organisation);
  }

  /** What was looked for under a list becomes its units, once; gives the list as it is then, if it still waits. */
  async fill({ organisation, batch }: KeptEnd, units: readonly NamedUnit[]): Promise<KeptEnd | undefined> {
    await this.database.query(
      `UPDATE keys.kept_ends SET units = $3
        WHERE organisation = $1 AND batch = $2 AND state = 'listed' AND units = '[]'`,
      [organisation, batch, JSON.stringify(units)],
    );
    const list = await this.listed(organisation);
    return list?.batch === batch ? list : undefined;
  }

  /** Of a list for which nothing was due. */
  async dropEmpty({ organisation, batch }: KeptEnd): Promise<void> {
    await this.database.query(
      `DELETE FROM keys.kept_ends WHERE organisation = $1 AND batch = $2 AND state = 'listed' AND units = '[]'`,
      [organisation, batch],
    );
  }

  async destroyed({ organisation, batch }: KeptEnd, position: bigint, at: Date): Promise<void> {
    await this.database.query(
      `UPDATE keys.kept_ends SET state = 'destroyed', position = $3, destroyed_at = $4
        WHERE organisation = $1 AND batch = $2 AND state = 'listed'`,
      [organisation, batch, position.toString(), at],
    );
  }

  /** The first mark stands. */
  async waitsFor({ organisation, batch }: KeptEnd, readersMark: string): Promise<void> {
    await this.database.query(
      'UPDATE keys.kept_ends SET readers_mark = $3 WHERE organisation = $1 AND batch = $2 AND readers_mark IS NULL',
      [organisation, batch, readersMark],
    );
  }

  /** Those that have to be carried on. */
  async listedAll(): Promise<KeptEnd[]> {
    return this.database.query(
      `SELECT ${columns} FROM keys.kept_ends WHERE state = 'listed' ORDER BY organisation LIMIT 1000`,
    );
  }

  async all(): Promise<KeptEnd[]> {
    return this.database.query(`SELECT ${columns} FROM keys.kept_ends ORDER BY organisation, batch LIMIT 1000`);
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
