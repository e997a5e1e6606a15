import { Gatherer } from '@ardoise/gathering';
import type { Statements, VaultDatabase } from './database';
import type { Secrets } from './secrets';
import { blurred } from './shredding';
import { checkNames } from './unit-row';
import { type PersonEntry, type PersonState, VaultError } from './vault';

interface PersonRow {
  readonly organisation: string;
  readonly person: string;
  readonly state: PersonState;
  readonly stream: string | null;
  readonly alias_of: string | null;
}

interface FoundRow extends PersonRow {
  /** Whether anybody is a duplicate of anybody here. */
  readonly linked: boolean;
}

interface Sought {
  readonly organisation: string;
  readonly person: string;
}

interface Admitted extends Sought {
  readonly stream: string;
}

/** Who the vault knows, and who was found to be whose duplicate. */
export class Persons {
  constructor(
    private readonly database: VaultDatabase,
    private readonly secrets: Secrets,
  ) {}

  private readonly finding = new Gatherer((sought: readonly Sought[]) => this.findAll(sought));
  private readonly admitting = new Gatherer((admitted: readonly Admitted[]) => this.admitAll(admitted));

  async admit(organisation: string, person: string, stream: string): Promise<void> {
    checkNames([organisation, person, stream]);
    await this.secrets.load(organisation, 'naming');
    await this.admitting.ask([{ organisation, person, stream }]);
    const found = await this.find(organisation, person);
    if (found?.state !== 'active') throw erased(person);
  }

  async find(organisation: string, person: string): Promise<PersonEntry | undefined> {
    const [row] = await this.finding.ask([{ organisation, person }]);
    if (row === undefined) return undefined;
    return {
      person: row.person,
      state: row.state,
      ...(row.stream === null ? {} : { stream: row.stream }),
      ...(row.alias_of === null ? {} : { aliasOf: row.alias_of }),
    };
  }

  async aliases(organisation: string, person: string): Promise<string[]> {
    const [row] = await this.finding.ask([{ organisation, person }]);
    if (row === undefined) throw unknown(person);
    return row.linked ? closureOf(this.database, organisation, [person]) : [person];
  }

  private async findAll(sought: readonly Sought[]): Promise<(FoundRow | undefined)[]> {
    const rows = await this.database.query<FoundRow>(
      `SELECT p.organisation, p.person, p.state, p.stream, p.alias_of, p.alias_of IS NOT NULL OR EXISTS (
                SELECT FROM vault.persons d WHERE d.organisation = p.organisation AND d.alias_of = p.person) AS linked
         FROM unnest($1::text[], $2::text[]) AS w(organisation, person)
        CROSS JOIN LATERAL (
              SELECT * FROM vault.persons found
               WHERE found.organisation = w.organisation AND found.person = w.person LIMIT 1) p`,
      [sought.map(({ organisation }) => organisation), sought.map(({ person }) => person)],
    );
    const found = new Map(rows.map((row) => [`${row.organisation} ${row.person}`, row]));
    return sought.map(({ organisation, person }) => found.get(`${organisation} ${person}`));
  }

  private async admitAll(admitted: readonly Admitted[]): Promise<undefined[]> {
    await this.database.query(
      `INSERT INTO vault.persons (organisation, person, stream, state)
       SELECT organisation, person, stream, 'active' FROM unnest($1::text[], $2::text[], $3::text[])
              AS a(organisation, person, stream) ORDER BY organisation, person ON CONFLICT DO NOTHING`,
      [
        admitted.map(({ organisation }) => organisation),
        admitted.map(({ person }) => person),
        admitted.map(({ stream }) => stream),
      ],
    );
    return admitted.map(() => undefined);
  }

  async setAlias(organisation: string, person: string, of: string | undefined): Promise<void> {
    await this.database.transaction(async (statements) => {
      await lockAliases(statements, organisation);
      const rows = await statements.query<PersonRow>(
        `SELECT organisation, person, state, stream, alias_of FROM vault.persons
          WHERE organisation = $1 AND person = ANY($2) ORDER BY person FOR NO KEY UPDATE`,
        [organisation, [person, of ?? person]],
      );
      for (const one of [person, of ?? person]) {
        const row = rows.find((candidate) => candidate.person === one);
        if (row === undefined) throw unknown(one);
        if (row.state !== 'active') throw erased(one);
      }
      if (of !== undefined && (await leadsTo(statements, organisation, of, person))) {
        throw new VaultError('alias-cycle', `the person ${of} is already an alias of ${person}, directly or by others`);
      }
      await statements.query('UPDATE vault.persons SET alias_of = $3 WHERE organisation = $1 AND person = $2', [
        organisation,
        person,
        of ?? null,
      ]);
    });
  }

  /** @throws VaultError `person-not-fenced` when something of theirs could still be opened. */
  async markErased(organisation: string, persons: readonly string[]): Promise<void> {
    await this.database.transaction(async (statements) => {
      await lockAliases(statements, organisation);
      const rows = await statements.query<{ person: string; state: PersonState }>(
        `SELECT person, state FROM vault.persons
          WHERE organisation = $1 AND person = ANY($2) ORDER BY person FOR NO KEY UPDATE`,
        [organisation, persons],
      );
      for (const person of persons) {
        const row = rows.find((candidate) => candidate.person === person);
        if (row === undefined) throw unknown(person);
        if (row.state === 'active') throw new VaultError('person-not-fenced', `the person ${person} is not fenced`);
      }
      const [left] = await statements.query<{ person: string }>(
        `SELECT person FROM vault.units
          WHERE organisation = $1 AND person = ANY($2) AND state IN ('active', 'fenced') LIMIT 1`,
        [organisation, persons],
      );
      if (left) throw new VaultError('person-not-fenced', `the person ${left.person} has units that are not destroyed`);
      await statements.query(
        `UPDATE vault.persons
            SET state = CASE WHEN person = ANY($2) THEN 'erased' ELSE state END,
                stream = CASE WHEN person = ANY($2) THEN NULL ELSE stream END,
                fenced_at = CASE WHEN person = ANY($2) THEN ${blurred} ELSE fenced_at END,
                alias_of = NULL
          WHERE organisation = $1 AND (person = ANY($2) OR alias_of = ANY($2))`,
        [organisation, persons],
      );
    });
  }
}

/**
 * Who is an alias of whom may not change between finding all aliases of a person and fencing them: what changes or
 * relies on it takes this lock first, one at a time in an organisation, until its transaction ends.
 */
export async function lockAliases(statements: Statements, organisation: string): Promise<void> {
  await statements.query(`SELECT pg_advisory_xact_lock(hashtextextended('ardoise/aliases/' || $1, 0))`, [organisation]);
}

/** The known ones among the persons, and all their aliases in both directions, sorted. */
export async function closureOf(
  statements: Statements,
  organisation: string,
  persons: readonly string[],
): Promise<string[]> {
  const rows = await statements.query<{ person: string }>(
    `WITH RECURSIVE reached AS (
       SELECT person, alias_of FROM vault.persons WHERE organisation = $1 AND person = ANY($2)
       UNION
       SELECT next.person, next.alias_of
         FROM reached JOIN vault.persons next
           ON next.organisation = $1 AND (next.person = reached.alias_of OR next.alias_of = reached.person)
     )
     SELECT person FROM reached ORDER BY person COLLATE "C"`,
    [organisation, persons],
  );
  return rows.map(({ person }) => person);
}

async function leadsTo(statements: Statements, organisation: string, from: string, to: string): Promise<boolean> {
  const rows = await statements.query(
    `WITH RECURSIVE chain AS (
       SELECT person, alias_of FROM vault.persons WHERE organisation = $1 AND person = $2
       UNION
       SELECT next.person, next.alias_of
         FROM chain JOIN vault.persons next ON next.organisation = $1 AND next.person = chain.alias_of
     )
     SELECT FROM chain WHERE person = $3`,
    [organisation, from, to],
  );
  return rows.length > 0;
}

export function unknown(person: string): VaultError {
  return new VaultError('person-unknown', `the vault does not know the person ${person}`);
}

function erased(person: string): VaultError {
  return new VaultError('person-erased', `the person ${person} is erased or being erased`);
}
