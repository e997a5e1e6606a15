import { fingerprintOf } from '@ardoise/format';
import type { Clock } from '@ardoise/time';
import type { Statements, VaultDatabase } from '../database';
import type { GroupDraft, GroupKeys } from '../groups';
import { VaultError } from '../vault';
import type { RotationEntry } from './rotations';

const daysAtOnce = 100;

interface DayRow {
  readonly id: string;
  readonly category: string;
  readonly day: string;
}

/** New group keys for an epoch. What they take the place of is retired in the same transaction. */
export class EpochGroups {
  constructor(
    private readonly database: VaultDatabase,
    private readonly groups: GroupKeys,
    private readonly clock: Clock,
  ) {}

  /** Whether the organisation lives: false when it was closed meanwhile, and its groups end with it. */
  async makeOrganisation({ organisation, epoch }: RotationEntry): Promise<boolean> {
    const draft = await this.groups.draft({ organisation });
    return this.database.transaction(async (statements) => {
      // Waits for the units and day groups being made, which hold a share of this row; see `UnitMaker.store`.
      const rows = await statements.query<{ id: string; epoch: number; state: string }>(
        `SELECT id, epoch, state FROM vault.groups WHERE organisation = $1 AND day IS NULL AND epoch IN ($2, $2 - 1)
          ORDER BY epoch FOR UPDATE`,
        [organisation, epoch],
      );
      const made = rows.find((row) => row.epoch === epoch);
      if (made !== undefined) return made.state === 'active' || made.state === 'retired';
      const [old] = rows;
      if (old?.state !== 'active') return false;
      await this.retire(statements, [old.id], epoch);
      await this.insert(statements, [{ draft, epoch }]);
      return true;
    });
  }

  /** Days that are wrapped under a retired key. One that is made meanwhile is under the new key. */
  async makeDays(entry: RotationEntry): Promise<void> {
    for (;;) {
      const days = await this.database.query<DayRow>(
        `SELECT g.id, g.category, g.day::text AS day FROM vault.groups g JOIN vault.keks k ON k.id = g.kek
          WHERE g.organisation = $1 AND g.day IS NOT NULL AND g.state = 'active' AND k.state <> 'active'
          ORDER BY g.id LIMIT $2`,
        [entry.organisation, daysAtOnce],
      );
      if (days.length === 0) return;
      await this.renewDays(entry, days);
    }
  }

  private async renewDays(entry: RotationEntry, days: readonly DayRow[]): Promise<void> {
    const { organisation } = entry;
    const drafts = new Map<string, GroupDraft>();
    for (const { id, category, day } of days) {
      drafts.set(id, await this.groups.draft({ organisation, category, day }));
    }
    await this.database.transaction(async (statements) => {
      // A day that was closed since has ended, and gets no key any more.
      const living = await statements.query<{ id: string; epoch: number }>(
        `SELECT id, epoch FROM vault.groups WHERE id = ANY($1::uuid[]) AND state = 'active' ORDER BY id FOR UPDATE`,
        [days.map(({ id }) => id)],
      );
      const ids = living.map(({ id }) => id);
      await this.retire(statements, ids, entry.epoch);
      await this.insert(
        statements,
        living.map(({ id, epoch }) => ({ draft: drafts.get(id) as GroupDraft, epoch: epoch + 1 })),
      );
    });
  }

  private async retire(statements: Statements, ids: readonly string[], rotation: number): Promise<void> {
    await statements.query(
      `UPDATE vault.groups SET state = 'retired', ended_at = $2, retired_by = $3 WHERE id = ANY($1::uuid[])`,
      [ids, this.clock.now(), rotation],
    );
  }

  private async insert(
    statements: Statements,
    made: readonly { readonly draft: GroupDraft; readonly epoch: number }[],
  ): Promise<void> {
    const rows = await statements.query(
      `INSERT INTO vault.groups (id, organisation, category, day, epoch, kek, wrapped, fingerprint, state, created_at)
       SELECT id, organisation, category, day, epoch, kek, wrapped, fingerprint, 'active', $9
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::integer[], $6::text[], $7::bytea[], $8::bytea[])
              AS made(id, organisation, category, day, epoch, kek, wrapped, fingerprint)
        WHERE kek IN (SELECT k.id FROM vault.keks k WHERE k.id = ANY($6) AND k.state = 'active' FOR SHARE)
       RETURNING 1 AS made`,
      [
        made.map(({ draft }) => draft.id),
        made.map(({ draft }) => draft.name.organisation),
        made.map(({ draft }) => draft.name.category ?? null),
        made.map(({ draft }) => draft.name.day ?? null),
        made.map(({ epoch }) => epoch),
        made.map(({ draft }) => draft.kek),
        made.map(({ draft }) => draft.wrapped),
        made.map(({ draft }) => Buffer.from(fingerprintOf(draft.key, draft.id), 'hex')),
        this.clock.now(),
      ],
    );
    if (rows.length < made.length) {
      throw new VaultError('key-encryption-failed', 'the key-encryption key was rotated again while groups were made');
    }
  }
}
