import { createClient } from '@ardoise/postgres';
import type { Client } from 'pg';

/**
 * Grows a log, and the vault beside it, by copies of the organisation's first events under streams, persons and units
 * of their own. The bytes are the store's; nobody opens a copy, and no projection may follow this log.
 */
export class Copies {
  private constructor(
    private readonly client: Client,
    private readonly organisation: string,
    /** So many of the first events are copied. */
    private readonly events: number,
    private made = 0,
  ) {}

  static async of(databaseUrl: string, organisation: string, events: number): Promise<Copies> {
    const client = createClient(databaseUrl, { applicationName: 'ardoise bench' });
    await client.connect();
    const copies = new Copies(client, organisation, events);
    await copies.keepTemplate();
    return copies;
  }

  /** Until the log has so many events. */
  async growTo(size: number): Promise<void> {
    while ((await this.head()) < size) await this.copy();
    await this.client.query('VACUUM ANALYZE');
    await this.client.query('CHECKPOINT');
  }

  async end(): Promise<void> {
    await this.client.end();
  }

  /** What is copied is looked for once: all of it is there before anything else is. */
  private async keepTemplate(): Promise<void> {
    const { client, organisation } = this;
    await client.query(
      `CREATE TEMP TABLE template_events AS SELECT * FROM log.events WHERE organisation = $1 AND position <= $2`,
      [organisation, this.events],
    );
    await client.query(`CREATE TEMP TABLE template_commands AS SELECT * FROM log.commands WHERE organisation = $1`, [
      organisation,
    ]);
    await client.query(`CREATE TEMP TABLE template_units AS SELECT * FROM vault.units WHERE organisation = $1`, [
      organisation,
    ]);
    await client.query(`CREATE TEMP TABLE template_persons AS SELECT * FROM vault.persons WHERE organisation = $1`, [
      organisation,
    ]);
  }

  private async copy(): Promise<void> {
    const copy = String(++this.made);
    const head = await this.head();
    const stream = `left(stream, -32) || md5(stream || $1)`;
    await this.client.query('BEGIN');
    await this.client.query(
      `INSERT INTO log.events (organisation, position, stream, version, header, sections, leaf)
       SELECT organisation, position + $2, ${stream}, version, header, sections, leaf FROM template_events`,
      [copy, head],
    );
    await this.client.query(
      `INSERT INTO log.streams (organisation, stream, version, grown)
       SELECT organisation, ${stream}, count(*), 1 FROM template_events GROUP BY organisation, stream`,
      [copy],
    );
    await this.client.query(
      `INSERT INTO log.commands (organisation, stream, command)
       SELECT organisation, ${stream}, command FROM template_commands`,
      [copy],
    );
    await this.client.query(
      `INSERT INTO vault.persons (organisation, person, stream, state)
       SELECT organisation, md5(person || $1), ${stream}, state FROM template_persons`,
      [copy],
    );
    await this.client.query(
      `INSERT INTO vault.units (unit, organisation, group_id, person, stream, category, part, day, state, wrapped,
                                fingerprint, created_at)
       SELECT md5(unit::text || $1)::uuid, organisation, group_id, md5(person || $1), ${stream}, category, part, day,
              state, wrapped, fingerprint, created_at FROM template_units`,
      [copy],
    );
    await this.client.query('UPDATE log.heads SET position = position + $2 WHERE organisation = $1', [
      this.organisation,
      this.events,
    ]);
    await this.client.query('COMMIT');
  }

  private async head(): Promise<number> {
    const { rows } = await this.client.query<{ position: string }>(
      'SELECT position FROM log.heads WHERE organisation = $1',
      [this.organisation],
    );
    return Number(rows[0]?.position ?? 0);
  }
}
