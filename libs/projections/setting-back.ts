import { inTransaction, unhurried } from '@ardoise/postgres';
import type { Pool } from 'pg';
import { forget } from './forgotten-tables';
import { liveSchema, quoted, type ReadTable } from './read-table';

/** What a recovery does to live read models: the log behind them is another than they were built from. */
export class SettingBack {
  constructor(
    private readonly pool: Pool,
    private readonly tables: readonly ReadTable[],
  ) {}

  /** Deletes the units' rows at once, and keeps any batch from bringing them back. */
  async forget(organisation: string, units: readonly string[]): Promise<void> {
    if (units.length === 0) return;
    const named = new Map(units.map((unit) => [unit, 0n]));
    await inTransaction(this.pool, (client) =>
      forget(client, { organisation, generation: 'live', tables: this.tables }, { units: named, days: [] }),
    );
  }

  /**
   * Empties the organisation's rows and puts its projections before the first event: its lane builds them anew. What is
   * forgotten stays forgotten.
   */
  async reset(organisation: string): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      // Whoever commits a batch locks its checkpoints first: it comes before this, or finds them moved.
      await client.query(
        `SELECT FROM read.checkpoints WHERE organisation = $1 ORDER BY projection, generation FOR UPDATE`,
        [organisation],
      );
      const query = await unhurried(client);
      for (const table of this.tables) {
        await query(`DELETE FROM ${liveSchema}.${quoted(table.name)} WHERE organisation = $1`, [organisation]);
      }
      await client.query(
        `UPDATE read.checkpoints
            SET position = 0, state = 'running', error_code = NULL, error_event = NULL, error_position = NULL
          WHERE organisation = $1 AND generation = 'live'`,
        [organisation],
      );
    });
  }
}
