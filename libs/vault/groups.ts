import type { Pool } from 'pg';
import { fingerprintOf, keyLength, randomBytes, randomId } from '@ardoise/format';
import type { Clock } from '@ardoise/time';
import type { Statements, VaultDatabase } from './database';
import type { KeyEncryption, WrappedKey } from './key-encryption/key-encryption';
import type { LeaseCache, Reading } from './lease';
import { registerKeks } from './rotation/keks';
import { type GroupState, VaultError } from './vault';
import { checkFingerprint, groupKeyContext, returned } from './wrapping';

/** A group by what it is for: an organisation, or a category's day in it. */
export interface GroupName {
  readonly organisation: string;
  readonly category?: string;
  readonly day?: string;
}

export interface GroupKey {
  readonly id: string;
  readonly key: Buffer;
}

/** A new group with its key, wrapped but not yet stored. */
export type GroupDraft = GroupKey & WrappedKey & { readonly name: GroupName };

interface GroupRow {
  readonly id: string;
  readonly organisation: string;
  readonly category: string | null;
  readonly day: string | null;
  readonly state: GroupState;
  /** Whether it is on record as destroyed. */
  readonly on_record: boolean;
  readonly kek: string;
  readonly wrapped: Buffer | null;
  readonly fingerprint: Buffer | null;
}

const columns = `replace(g.id::text, '-', '') AS id, g.organisation, g.category, g.day::text AS day, g.state, g.kek,
  g.wrapped, g.fingerprint, EXISTS (SELECT FROM vault.endings e WHERE e.id = g.id) AS on_record`;

const attempts = 3;

export function nameOf({ organisation, category = '', day = '' }: GroupName): string {
  return [organisation, category, day].join('\0');
}

/** Group keys: made on demand, opened through the key-encryption key, kept under the same lease as unit keys. */
export class GroupKeys {
  constructor(
    private readonly database: VaultDatabase,
    private readonly keyEncryption: KeyEncryption,
    private readonly clock: Clock,
    private readonly cache: LeaseCache<GroupKey>,
  ) {}

  /** A new group with a new key, wrapped but not yet stored. */
  async draft(name: GroupName): Promise<GroupDraft> {
    const id = randomId();
    const key = randomBytes(keyLength);
    const context = groupKeyContext(name.organisation, id);
    return { id, key, name, ...(await this.encrypting(() => this.keyEncryption.wrap(key, context))) };
  }

  /**
   * Stores drafted groups in the order given, but for those that another process made meanwhile, and those whose
   * key-encryption key was retired since they were drafted. Gives their ids. A day's group holds a share of the organisation's own: it is made before that is fenced, or not at all.
   */
  async insert(statements: Statements, drafts: readonly GroupDraft[]): Promise<string[]> {
    const keks = drafts.map(({ kek }) => kek);
    await registerKeks(statements, keks, this.clock.now());
    const rows = await statements.query<{ id: string }>(
      `INSERT INTO vault.groups (id, organisation, category, day, epoch, kek, wrapped, fingerprint, state, created_at)
       SELECT id, organisation, category, day, 1, kek, wrapped, fingerprint, 'active', $6
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::text[], $7::bytea[], $8::bytea[])
           AS made(id, organisation, category, day, kek, wrapped, fingerprint)
        WHERE (day IS NULL OR organisation IN (
               SELECT o.organisation FROM vault.groups o
                WHERE o.organisation = ANY($2) AND o.day IS NULL AND o.state = 'active' FOR KEY SHARE))
          AND kek IN (SELECT k.id FROM vault.keks k WHERE k.id = ANY($5) AND k.state = 'active' FOR SHARE)
       ON CONFLICT DO NOTHING
       RETURNING replace(id::text, '-', '') AS id`,
      [
        drafts.map(({ id }) => id),
        drafts.map(({ name }) => name.organisation),
        drafts.map(({ name }) => name.category ?? null),
        drafts.map(({ name }) => name.day ?? null),
        keks,
        this.clock.now(),
        drafts.map(({ wrapped }) => wrapped),
        drafts.map(({ id, key }) => Buffer.from(fingerprintOf(key, id), 'hex')),
      ],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * The groups that new units hang under, by `nameOf`. A day's group is made when it is first asked for.
   * An error stands for a group that cannot be had: `organisation-unknown`, `unit-ended` for a day that has ended.
   */
  async active(names: readonly GroupName[], since: Reading): Promise<Map<string, GroupKey | VaultError>> {
    const distinct = [...new Map(names.map((name) => [nameOf(name), name])).values()];
    const found = new Map<string, GroupKey | VaultError>();
    const missing: GroupName[] = [];
    for (const name of distinct) {
      const cached = this.cache.get(nameOf(name));
      if (cached === undefined) missing.push(name);
      else found.set(nameOf(name), cached);
    }
    if (missing.length === 0) return found;
    const generation = this.cache.generation;
    for (const [name, row] of await this.ensure(missing)) {
      const group = row === undefined ? unknownOrganisation() : await this.usable(row);
      found.set(name, group);
      if (!(group instanceof VaultError)) this.cache.put(name, group, since, generation);
    }
    return found;
  }

  /** The keys of groups by id, to unwrap what hangs under them. `undefined` for a group that was destroyed. */
  async load(ids: Iterable<string>, since: Reading): Promise<Map<string, Buffer | VaultError | undefined>> {
    const found = new Map<string, Buffer | VaultError | undefined>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      const cached = this.cache.get(id);
      if (cached === undefined) missing.push(id);
      else found.set(id, cached.key);
    }
    if (missing.length === 0) return found;
    const generation = this.cache.generation;
    const rows = await this.database.query<GroupRow>(
      `SELECT ${columns} FROM vault.groups g WHERE g.id = ANY($1::uuid[])`,
      [missing],
    );
    for (const row of rows) {
      if (row.wrapped === null) continue;
      const group = await this.open(row, row.wrapped);
      found.set(row.id, group instanceof VaultError ? group : group.key);
      if (!(group instanceof VaultError)) this.cache.put(row.id, group, since, generation);
    }
    return found;
  }

  private async ensure(names: readonly GroupName[]): Promise<Map<string, GroupRow | undefined>> {
    const organisations = new Set(names.map(({ organisation }) => organisation));
    const wanted = [...names, ...[...organisations].map((organisation) => ({ organisation }))];
    const found = await this.find(wanted);
    const lives = ({ organisation }: GroupName): boolean => found.get(nameOf({ organisation }))?.state === 'active';
    const missing = (): GroupName[] =>
      names.filter((name) => name.day !== undefined && !found.has(nameOf(name)) && lives(name));
    // Again when the organisation's group or the key-encryption key was rotated between drafting and storing.
    for (let attempt = 0, days = missing(); days.length > 0 && attempt < attempts; attempt++, days = missing()) {
      // In one order for all processes: two that make the same days in two orders would wait for each other.
      days.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
      await this.insert(this.database, await Promise.all(days.map((name) => this.draft(name))));
      for (const [name, row] of await this.find([...days, ...wanted.slice(names.length)])) found.set(name, row);
    }
    if (missing().length > 0) throw new VaultError('key-encryption-failed', 'keys are being rotated again and again');
    // A day that could not get a group is answered for by its organisation.
    const rowOf = (name: GroupName) =>
      found.get(nameOf(name)) ?? found.get(nameOf({ organisation: name.organisation }));
    return new Map(names.map((name) => [nameOf(name), rowOf(name)]));
  }

  private async find(names: readonly GroupName[]): Promise<Map<string, GroupRow>> {
    const rows = await this.database.query<GroupRow>(
      `SELECT DISTINCT ON (wanted.n) ${columns}
         FROM unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY AS wanted(organisation, category, day, n)
         JOIN vault.groups g ON g.organisation = wanted.organisation
          AND g.category IS NOT DISTINCT FROM wanted.category AND g.day IS NOT DISTINCT FROM wanted.day
        ORDER BY wanted.n, g.state = 'active' DESC, g.epoch DESC`,
      [
        names.map(({ organisation }) => organisation),
        names.map(({ category }) => category ?? null),
        names.map(({ day }) => day ?? null),
      ],
    );
    return new Map(
      rows.map((row) => [nameOf({ ...row, category: row.category ?? undefined, day: row.day ?? undefined }), row]),
    );
  }

  private async usable(row: GroupRow): Promise<GroupKey | VaultError> {
    if (row.state === 'active' && row.wrapped !== null) return this.open(row, row.wrapped);
    return row.day === null
      ? endedOrganisation(row.organisation)
      : new VaultError('unit-ended', `the day ${row.day} has ended`);
  }

  private async open(row: GroupRow, wrapped: Buffer): Promise<GroupKey | VaultError> {
    if (row.on_record) return returned(`group ${row.id}`);
    try {
      const context = groupKeyContext(row.organisation, row.id);
      const key = await this.encrypting(() => this.keyEncryption.unwrap(row.kek, wrapped, context));
      checkFingerprint(key, row.id, row.fingerprint?.toString('hex') ?? '', `group ${row.id}`);
      return { id: row.id, key };
    } catch (error) {
      if (error instanceof VaultError) return error;
      throw error;
    }
  }

  /** A provider's own error may quote what it was given: it is not passed on. */
  private async encrypting<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof VaultError) throw error;
      throw new VaultError('key-encryption-failed', 'the key-encryption key cannot be used');
    }
  }
}

export function unknownOrganisation(): VaultError {
  return new VaultError('organisation-unknown', 'the vault does not know this organisation');
}

export function endedOrganisation(organisation: string): VaultError {
  return new VaultError('organisation-ended', `the organisation ${organisation} has ended, and its keys with it`);
}

/** Whether no key was ever made: only then may a key-encryption key be made too. */
export async function isEmptyVault(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ empty: boolean }>('SELECT NOT EXISTS (SELECT FROM vault.groups) AS empty');
  return rows[0]?.empty ?? true;
}
