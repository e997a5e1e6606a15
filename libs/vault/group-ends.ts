import { isId, isOrganisation } from '@ardoise/format';
import type { Clock } from '@ardoise/time';
import type { Statements, VaultDatabase } from './database';
import { checkNames, isDay } from './unit-row';
import { type GroupEntry, type GroupReference, type GroupState, VaultError } from './vault';
import { tampered } from './wrapping';

interface Row {
  readonly group: string;
  readonly fingerprint: Buffer | null;
  readonly epoch: number;
  readonly category: string | null;
  readonly day: string | null;
  readonly state: GroupState;
  readonly kek: string;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

const columns = `replace(id::text, '-', '') AS "group", fingerprint, epoch, category, day::text AS day, state, kek,
  created_at, ended_at`;

/** The end of groups, and of all that hangs under them, in constant time. Every step may be repeated. */
export class GroupEnds {
  constructor(
    private readonly database: VaultDatabase,
    private readonly clock: Clock,
  ) {}

  async ofOrganisation(organisation: string): Promise<GroupEntry[]> {
    const rows = await this.database.query<Row>(
      `SELECT ${columns} FROM vault.groups WHERE organisation = $1 ORDER BY created_at, epoch, id`,
      [organisation],
    );
    return rows.map(toEntry);
  }

  /**
   * A day that never had a group gets the row of one that has ended, so that none can be made for it afterwards: not by
   * a late fact, nor in a vault restored from before that day.
   */
  async closeDay(organisation: string, category: string, day: string): Promise<GroupReference[]> {
    if (!isOrganisation(organisation) || !isDay(day)) throw new RangeError('no such organisation or day');
    checkNames([category]);
    await this.database.query(
      `INSERT INTO vault.groups (id, organisation, category, day, epoch, kek, state, created_at, ended_at)
       VALUES (gen_random_uuid(), $1, $2, $3, 1, 'none', 'destroyed', $4, $4) ON CONFLICT DO NOTHING`,
      [organisation, category, day, this.clock.now()],
    );
    return this.fence(`organisation = $1 AND category = $2 AND day = $3::date`, [organisation, category, day]);
  }

  /** A day's group that is made meanwhile holds a share of the organisation's own, and is waited for. */
  async closeOrganisation(organisation: string): Promise<GroupReference[]> {
    await this.fence(`organisation = $1 AND day IS NULL`, [organisation]);
    return this.fence(`organisation = $1`, [organisation]);
  }

  async destroy(organisation: string, event: string, groups: readonly GroupReference[]): Promise<void> {
    for (const { group, fingerprint } of groups) {
      if (!isId(group) || !/^[0-9a-f]{64}$/.test(fingerprint)) throw tampered(`group ${group}`, 'is not well named');
    }
    if (groups.length === 0) return;
    await this.database.transaction(async (statements) => {
      await checkGroups(statements, organisation, groups);
      const now = this.clock.now();
      const ids = groups.map(({ group }) => group);
      await this.record(statements, organisation, event, groups, now);
      await statements.query(
        `UPDATE vault.groups
            SET state = 'destroyed', wrapped = NULL, ended_at = coalesce(ended_at, $3), receipt = $2
          WHERE id = ANY($1::uuid[]) AND state <> 'destroyed'`,
        [ids, event, now],
      );
    });
  }

  async unitsUnder(organisation: string, groups: readonly GroupReference[]): Promise<number> {
    const [row] = await this.database.query<{ units: number }>(
      `SELECT count(*)::int AS units FROM vault.units
        WHERE group_id = ANY($2::uuid[]) AND organisation = $1 AND day IS NOT NULL`,
      [organisation, groups.map(({ group }) => group)],
    );
    return row?.units ?? 0;
  }

  async organisations(): Promise<{ organisation: string; state: 'active' | 'ended' }[]> {
    const rows = await this.database.query<{ organisation: string; lives: boolean }>(
      `SELECT organisation, bool_or(state IN ('active', 'retired')) AS lives
         FROM vault.groups WHERE day IS NULL GROUP BY organisation ORDER BY organisation COLLATE "C"`,
    );
    return rows.map(({ organisation, lives }) => ({ organisation, state: lives ? 'active' : 'ended' }));
  }

  /** A making of units that holds a share of a group's row is waited for; one that comes later finds it fenced. */
  private async fence(where: string, values: readonly unknown[]): Promise<GroupReference[]> {
    return this.database.transaction(async (statements) => {
      await statements.query(`SELECT FROM vault.groups WHERE ${where} ORDER BY id FOR UPDATE`, values);
      await statements.query(
        `UPDATE vault.groups SET state = 'fenced', ended_at = coalesce(ended_at, $${values.length + 1})
          WHERE ${where} AND state IN ('active', 'retired')`,
        [...values, this.clock.now()],
      );
      const rows = await statements.query<Row>(
        `SELECT ${columns} FROM vault.groups WHERE ${where} AND state <> 'destroyed' ORDER BY id`,
        values,
      );
      return rows.map(toReference);
    });
  }

  /** The endings, and rows of groups that the vault does not know: it was restored from before they were made. */
  private async record(
    statements: Statements,
    organisation: string,
    event: string,
    groups: readonly GroupReference[],
    now: Date,
  ): Promise<void> {
    const named = [
      organisation,
      event,
      now,
      groups.map(({ group }) => group),
      groups.map(({ fingerprint }) => Buffer.from(fingerprint, 'hex')),
    ];
    await statements.query(
      `INSERT INTO vault.endings (id, organisation, fingerprint, event, ended_at)
       SELECT ended.id, $1, ended.fingerprint, $2, $3 FROM unnest($4::uuid[], $5::bytea[]) AS ended(id, fingerprint)
       ON CONFLICT DO NOTHING`,
      named,
    );
    await statements.query(
      `INSERT INTO vault.groups (id, organisation, category, day, epoch, kek, fingerprint, state, created_at, ended_at, receipt)
       SELECT ended.id, $1, ended.category, ended.day, ended.epoch, 'none', ended.fingerprint, 'destroyed', $3, $3, $2
         FROM unnest($4::uuid[], $5::bytea[], $6::integer[], $7::text[], $8::date[])
              AS ended(id, fingerprint, epoch, category, day)
       ON CONFLICT DO NOTHING`,
      [
        ...named,
        groups.map(({ epoch }) => epoch),
        groups.map(({ category }) => category ?? null),
        groups.map(({ day }) => day ?? null),
      ],
    );
  }
}

async function checkGroups(
  statements: Statements,
  organisation: string,
  groups: readonly GroupReference[],
): Promise<void> {
  const rows = await statements.query<{ group: string; organisation: string; fingerprint: Buffer | null }>(
    `SELECT replace(id::text, '-', '') AS "group", organisation, fingerprint FROM vault.groups
      WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
    [groups.map(({ group }) => group)],
  );
  const fingerprints = new Map(groups.map(({ group, fingerprint }) => [group, fingerprint]));
  for (const row of rows) {
    if (row.organisation !== organisation) throw tampered(`group ${row.group}`, "is another organisation's");
    if (row.fingerprint?.toString('hex') !== fingerprints.get(row.group)) {
      throw tampered(`group ${row.group}`, 'is not the one that was to be destroyed, by its fingerprint');
    }
  }
}

function toReference(row: Row): GroupReference {
  if (row.fingerprint === null) throw new VaultError('key-gone', `group ${row.group} has no fingerprint`);
  return {
    group: row.group,
    fingerprint: row.fingerprint.toString('hex'),
    epoch: row.epoch,
    ...(row.category === null ? {} : { category: row.category }),
    ...(row.day === null ? {} : { day: row.day }),
  };
}

function toEntry(row: Row): GroupEntry {
  return {
    ...toReference({ ...row, fingerprint: row.fingerprint ?? Buffer.alloc(32) }),
    state: row.state,
    kek: row.kek,
    createdAt: row.created_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
