import type { Pool } from 'pg';
import { randomId } from '@ardoise/format';
import type { GroupReference } from '../../vault';
import type { RotationLog } from '../rotation';
import type { RotationEntry } from '../rotations';

/** What a rotation told the log, in a table: it outlives a process that is killed, and repeats what it gave. */
export class TableLog implements RotationLog {
  private constructor(private readonly owner: Pool) {}

  static async open(owner: Pool): Promise<TableLog> {
    await owner.query(`CREATE TABLE IF NOT EXISTS public.told (
      organisation text, epoch integer, type text, event text, value jsonb, PRIMARY KEY (organisation, epoch, type))`);
    return new TableLog(owner);
  }

  async rotated({ organisation, epoch }: RotationEntry, previousEndsAt: Date): Promise<void> {
    await this.tell(organisation, epoch, 'keys-rotated', previousEndsAt.toISOString());
  }

  async ended({ organisation, epoch }: RotationEntry, groups: readonly GroupReference[]) {
    return [await this.tell(organisation, epoch, 'groups-ended', groups)];
  }

  async told(organisation: string): Promise<{ type: string; epoch: number; value: unknown }[]> {
    const { rows } = await this.owner.query<{ type: string; epoch: number; value: unknown }>(
      'SELECT type, epoch, value FROM public.told WHERE organisation = $1 ORDER BY epoch, type DESC',
      [organisation],
    );
    return rows;
  }

  private async tell(organisation: string, epoch: number, type: string, value: unknown) {
    await this.owner.query('INSERT INTO public.told VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', [
      organisation,
      epoch,
      type,
      randomId(),
      JSON.stringify(value),
    ]);
    const { rows } = await this.owner.query<{ event: string; value: GroupReference[] }>(
      'SELECT event, value FROM public.told WHERE organisation = $1 AND epoch = $2 AND type = $3',
      [organisation, epoch, type],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('nothing was told');
    return { event: row.event, groups: row.value };
  }
}
