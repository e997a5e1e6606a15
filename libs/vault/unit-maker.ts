import { fingerprintOf, keyLength, randomBytes } from '@ardoise/format';
import { byteaArray, textArray } from '@ardoise/postgres';
import type { Clock } from '@ardoise/time';
import type { Statements, VaultDatabase } from './database';
import { type GroupKey, type GroupKeys, type GroupName, nameOf } from './groups';
import type { Lease } from './lease';
import type { Outcomes, Wanted } from './sealing';
import type { Secrets } from './secrets';
import { makeUnitId } from './unit-id';
import type { UnitFinder } from './unit-finder';
import { unitKey, type Unwrapping } from './unwrapping';
import { VaultError } from './vault';
import { unitKeyContext, wrapKey } from './wrapping';

/** A unit with its new key, not yet stored. */
interface Draft extends Wanted {
  readonly unit: string;
  readonly group: GroupKey;
  readonly key: Buffer;
  readonly fingerprint: string;
}

const attempts = 3;

/** Makes units that do not exist yet. */
export class UnitMaker {
  constructor(
    private readonly database: VaultDatabase,
    private readonly groups: GroupKeys,
    private readonly clock: Clock,
    private readonly lease: Lease,
    private readonly unwrapping: Unwrapping,
    private readonly finder: UnitFinder,
    private readonly secrets: Secrets,
    private readonly forgetGroups: () => void,
  ) {}

  /** Adds one outcome for each unit wanted. Repeated when a group was rotated between its reading and its locking. */
  async make(wanted: readonly Wanted[], outcomes: Outcomes): Promise<void> {
    let left = wanted;
    for (let attempt = 0; left.length > 0 && attempt < attempts; attempt++) {
      if (attempt > 0) this.forgetGroups();
      left = await this.attempt(left, outcomes);
    }
  }

  private async attempt(wanted: readonly Wanted[], outcomes: Outcomes): Promise<Wanted[]> {
    const since = this.lease.read();
    const generation = this.unwrapping.generation;
    const drafts = await this.draft(wanted, outcomes);
    if (drafts.length === 0) return [];
    const stored = await this.database.transaction((statements) => this.store(statements, drafts, outcomes));
    for (const draft of stored.made) {
      const { person, category, day } = draft.request;
      const key = unitKey(draft.unit, draft.fingerprint, draft.key, person, category, day);
      outcomes.set(draft.identity, key);
      this.unwrapping.keep(draft.organisation, key, draft.request, since, generation);
    }
    // Another process made these between our looking and our inserting: its key is the unit's key.
    if (stored.met.length > 0) {
      for (const [identity, outcome] of await this.finder.find(stored.met)) outcomes.set(identity, outcome);
    }
    return [...stored.again, ...stored.met.filter(({ identity }) => !outcomes.has(identity))];
  }

  private async draft(wanted: readonly Wanted[], outcomes: Outcomes): Promise<Draft[]> {
    const groups = await this.groups.active(wanted.map(groupOf), this.lease.read());
    const drafts: Draft[] = [];
    for (const one of wanted) {
      const group = groups.get(nameOf(groupOf(one)));
      if (group === undefined) continue;
      if (group instanceof VaultError) {
        outcomes.set(one.identity, group);
        continue;
      }
      const unit = makeUnitId(await this.secrets.load(one.organisation, 'naming'), one.organisation);
      const key = randomBytes(keyLength);
      drafts.push({ ...one, unit, group, key, fingerprint: fingerprintOf(key, unit) });
    }
    // In one order for all processes: two that insert the same units in two orders would wait for each other.
    return drafts.sort((a, b) => (a.identity < b.identity ? -1 : 1));
  }

  /**
   * The race with a fence. We lock the person's row (KEY SHARE) before looking at its state and keep the lock until
   * our units are committed; a fence locks the same row (UPDATE) before it looks for units. So either
   * – we come first: the fence waits for our commit, and then, in a statement of its own, finds our units and lists
   *   them to be destroyed; or
   * – the fence comes first: our lock waits for its commit and then gives us the row as it left it, fenced, and we
   *   make nothing.
   * There is no third order, and so no unit that is made beside an erasure and missing from its list. Locks that only
   * share do not hinder each other: units of one person are made by many at once. Groups are locked likewise, against
   * the end of a day and against rotation.
   */
  private async store(
    statements: Statements,
    drafts: readonly Draft[],
    outcomes: Outcomes,
  ): Promise<{ made: Draft[]; met: Draft[]; again: Draft[] }> {
    const allowed = await lockPersons(statements, drafts, outcomes);
    const { current, again } = await lockGroups(statements, allowed, outcomes);
    if (current.length === 0) return { made: [], met: [], again };
    const taken = await insert(statements, current, this.clock.now());
    return {
      made: current.filter(({ unit }) => !taken.has(unit)),
      met: current.filter(({ unit }) => taken.has(unit)),
      again,
    };
  }
}

function groupOf({ organisation, request }: Wanted): GroupName {
  return request.day === undefined ? { organisation } : { organisation, category: request.category, day: request.day };
}

async function lockPersons(statements: Statements, drafts: readonly Draft[], outcomes: Outcomes): Promise<Draft[]> {
  const persons = new Map(
    drafts.map(({ organisation, request }) => [`${organisation}\0${request.person}`, request.person]),
  );
  const rows = await statements.query<{ organisation: string; person: string; state: string }>(
    `SELECT organisation, person, state FROM vault.persons
      WHERE (organisation, person) IN (SELECT * FROM unnest($1::text[], $2::text[]))
      ORDER BY organisation, person
        FOR KEY SHARE`,
    [[...persons.keys()].map((name) => name.slice(0, name.indexOf('\0'))), [...persons.values()]],
  );
  const states = new Map(rows.map(({ organisation, person, state }) => [`${organisation}\0${person}`, state]));
  return drafts.filter(({ organisation, request: { person }, identity }) => {
    const state = states.get(`${organisation}\0${person}`);
    if (state === 'active') return true;
    outcomes.set(
      identity,
      state === undefined
        ? new VaultError('person-unknown', `the vault does not know the person ${person}`)
        : new VaultError('person-erased', `the person ${person} is erased or being erased`),
    );
    return false;
  });
}

async function lockGroups(
  statements: Statements,
  drafts: readonly Draft[],
  outcomes: Outcomes,
): Promise<{ current: Draft[]; again: Draft[] }> {
  const rows = await statements.query<{ id: string; state: string }>(
    `SELECT replace(id::text, '-', '') AS id, state FROM vault.groups
      WHERE id = ANY($1::uuid[]) ORDER BY id FOR KEY SHARE`,
    [[...new Set(drafts.map(({ group }) => group.id))]],
  );
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  for (const { identity, group } of drafts) {
    const state = states.get(group.id);
    if (state === 'destroyed' || state === 'fenced') {
      outcomes.set(identity, new VaultError('unit-ended', 'the group has ended'));
    }
  }
  return {
    current: drafts.filter(({ group }) => states.get(group.id) === 'active'),
    again: drafts.filter(({ group }) => states.get(group.id) === 'retired'),
  };
}

/** Gives the units that were not inserted: their identities were taken by another process meanwhile. */
async function insert(statements: Statements, drafts: readonly Draft[], now: Date): Promise<Set<string>> {
  const text = (value: (draft: Draft) => string): Buffer => textArray(drafts.map(value));
  const rows = await statements.query<{ unit: string }>(
    `WITH drafted AS (
       SELECT unit::uuid, organisation, group_id::uuid, person, stream, category, part, nullif(day, '')::date AS day,
              wrapped, fingerprint
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::bytea[], $10::bytea[])
              AS drafted(unit, organisation, group_id, person, stream, category, part, day, wrapped, fingerprint)
     ), made AS (
       INSERT INTO vault.units (unit, organisation, group_id, person, stream, category, part, day, state, wrapped,
                                fingerprint, created_at)
       SELECT unit, organisation, group_id, person, stream, category, part, day, 'active', wrapped, fingerprint, $11
         FROM drafted
       ON CONFLICT DO NOTHING
       RETURNING unit
     )
     SELECT replace(unit::text, '-', '') AS unit FROM drafted WHERE unit NOT IN (SELECT unit FROM made)`,
    [
      text(({ unit }) => unit),
      text(({ organisation }) => organisation),
      text(({ group }) => group.id),
      text(({ request }) => request.person),
      text(({ request }) => request.stream),
      text(({ request }) => request.category),
      text(({ request }) => request.part ?? ''),
      text(({ request }) => request.day ?? ''),
      byteaArray(
        drafts.map(({ organisation, group, unit, key }) =>
          wrapKey(group.key, key, unitKeyContext(organisation, group.id, unit)),
        ),
      ),
      byteaArray(drafts.map(({ fingerprint }) => Buffer.from(fingerprint, 'hex'))),
      now,
    ],
  );
  return new Set(rows.map(({ unit }) => unit));
}
