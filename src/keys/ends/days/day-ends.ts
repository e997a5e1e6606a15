import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DayReceipt, EndedKey, Signed } from '../signed-receipt';

/** A category's day of an organisation, by name. */
export interface DayName {
  readonly organisation: string;
  readonly category: string;
  /** YYYY-MM-DD. */
  readonly day: string;
}

/** The end of a day, under way or over. */
export interface DayEnd extends DayName {
  readonly state: 'begun' | 'destroyed' | 'completed';
  readonly before_its_time: string | null;
  readonly units: number | null;
  readonly groups: readonly EndedKey[] | null;
  /** Position of the last event that names the day's groups; decimal. */
  readonly position: string | null;
  readonly destroyed_at: Date | null;
  /** The last long reader to wait for; decimal. */
  readonly readers_mark: string | null;
  readonly receipt: Signed<DayReceipt> | null;
}

/** A day's name among those of its organisation. */
export function dayId({ category, day }: DayName): string {
  return `${category} ${day}`;
}

const columns =
  'organisation, category, day::text AS day, state, before_its_time, units, groups, position, destroyed_at, readers_mark, receipt';
const named = 'organisation = $1 AND category = $2 AND day = $3';
const keyOf = ({ organisation, category, day }: DayName): string[] => [organisation, category, day];

/** The table of ended days: the process's memory, and the receipts. */
@Injectable()
export class DayEnds {
  constructor(private readonly database: DataSource) {}

  /** Begins, or finds what was begun. */
  async begin(name: DayName, beforeItsTime?: string): Promise<DayEnd> {
    await this.database.query(
      `INSERT INTO keys.day_ends (organisation, category, day, state, before_its_time)
       VALUES ($1, $2, $3, 'begun', $4) ON CONFLICT DO NOTHING`,
      [...keyOf(name), beforeItsTime ?? null],
    );
    return (await this.find(name)) as DayEnd;
  }

  async find(name: DayName): Promise<DayEnd | undefined> {
    const rows: DayEnd[] = await this.database.query(
      `SELECT ${columns} FROM keys.day_ends WHERE ${named}`,
      keyOf(name),
    );
    return rows[0];
  }

  /** The first count stands: afterwards nobody could tell. */
  async counted(name: DayName, units: number): Promise<void> {
    await this.database.query(`UPDATE keys.day_ends SET units = $4 WHERE ${named} AND units IS NULL`, [
      ...keyOf(name),
      units,
    ]);
  }

  async destroyed(name: DayName, groups: readonly EndedKey[], position: bigint, at: Date): Promise<void> {
    await this.database.query(
      `UPDATE keys.day_ends SET state = 'destroyed', groups = $4, position = $5, destroyed_at = $6
        WHERE ${named} AND state = 'begun'`,
      [...keyOf(name), JSON.stringify(groups), position.toString(), at],
    );
  }

  async inState(state: 'begun' | 'destroyed', limit = 1000): Promise<DayEnd[]> {
    return this.database.query(
      `SELECT ${columns} FROM keys.day_ends WHERE state = $1 ORDER BY organisation, day, category LIMIT $2`,
      [state, limit],
    );
  }

  /** At most `limit` days of an organisation that are over, in order, after one. */
  async completedAfter(
    organisation: string,
    after: Pick<DayName, 'day' | 'category'> | undefined,
    limit: number,
  ): Promise<DayEnd[]> {
    return this.database.query(
      `SELECT ${columns} FROM keys.day_ends
        WHERE organisation = $1 AND state = 'completed' AND (day, category COLLATE "C") > ($2::date, $3)
        ORDER BY day, category COLLATE "C" LIMIT $4`,
      [organisation, after?.day ?? '-infinity', after?.category ?? '', limit],
    );
  }

  /** The first mark stands. */
  async waitsFor(name: DayName, readersMark: string): Promise<void> {
    await this.database.query(`UPDATE keys.day_ends SET readers_mark = $4 WHERE ${named} AND readers_mark IS NULL`, [
      ...keyOf(name),
      readersMark,
    ]);
  }

  /** Gives the receipt that was there first. */
  async complete(name: DayName, receipt: Signed<DayReceipt>): Promise<Signed<DayReceipt>> {
    await this.database.query(
      `UPDATE keys.day_ends SET state = 'completed', receipt = $4 WHERE ${named} AND state = 'destroyed'`,
      [...keyOf(name), JSON.stringify(receipt)],
    );
    return (await this.find(name))?.receipt ?? receipt;
  }

  /** Forgets a day on which nothing was sealed. */
  async drop(name: DayName): Promise<void> {
    await this.database.query(`DELETE FROM keys.day_ends WHERE ${named} AND state = 'begun'`, keyOf(name));
  }
}
