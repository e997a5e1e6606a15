import type { VaultDatabase } from '../database';
import { type GroupKeys, type GroupKey, nameOf } from '../groups';
import { type GroupState, VaultError } from '../vault';

interface Row {
  readonly id: string;
  readonly category: string | null;
  readonly day: string | null;
  readonly state: GroupState;
}

const nobodyReads = { monotonic: 0, wall: 0 };

/** The living groups of an organisation with their keys, as they are at one moment. */
export class GroupRing {
  private constructor(
    private readonly rows: ReadonlyMap<string, Row>,
    private readonly keys: ReadonlyMap<string, Buffer>,
    private readonly active: ReadonlyMap<string, string>,
  ) {}

  /** @throws VaultError of the first group whose key does not open. */
  static async load(database: VaultDatabase, groups: GroupKeys, organisation: string): Promise<GroupRing> {
    const rows = await database.query<Row>(
      `SELECT replace(id::text, '-', '') AS id, category, day::text AS day, state FROM vault.groups
        WHERE organisation = $1 AND state <> 'destroyed'`,
      [organisation],
    );
    const opened = await groups.load(
      rows.map(({ id }) => id),
      nobodyReads,
    );
    const keys = new Map<string, Buffer>();
    for (const [id, key] of opened) {
      if (key instanceof VaultError) throw key;
      if (key !== undefined) keys.set(id, key);
    }
    const living = rows.filter(({ id }) => keys.has(id));
    const active = living.filter(({ state }) => state === 'active').map((row) => [purpose(row), row.id] as const);
    return new GroupRing(new Map(living.map((row) => [row.id, row])), keys, new Map(active));
  }

  /** Retired groups that have a successor; the days among them that were closed since have none, and end by themselves. */
  retired(): string[] {
    return [...this.rows.values()]
      .filter(({ id, state }) => state === 'retired' && this.successorOf(id) !== undefined)
      .map(({ id }) => id);
  }

  /** The active group for the same, for one that is retired. */
  successorOf(id: string): GroupKey | undefined {
    const row = this.rows.get(id);
    const to = row?.state === 'retired' ? this.active.get(purpose(row)) : undefined;
    return to === undefined ? undefined : { id: to, key: this.keyOf(to) };
  }

  has(id: string): boolean {
    return this.keys.has(id);
  }

  isRetired(id: string): boolean {
    return this.rows.get(id)?.state === 'retired';
  }

  keyOf(id: string): Buffer {
    const key = this.keys.get(id);
    if (key === undefined) throw new VaultError('key-gone', `the key of group ${id} is gone`);
    return key;
  }
}

function purpose({ category, day }: Row): string {
  return nameOf({ organisation: '', category: category ?? '', day: day ?? '' });
}
