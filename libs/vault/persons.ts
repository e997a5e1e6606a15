import type { Statements, VaultDatabase } from './database';
import { Gatherer } from './gatherer';
import type { Secrets } from './secrets';
import { checkNames } from './unit-row';
import { type PersonEntry, type PersonState, VaultError } from './vault';

interface Asked {
  readonly organisation: string;
  readonly person: string;
}

interface Admitted extends Asked {
  readonly stream: string;
}

interface PersonRow {
  readonly organisation: string;
  readonly person: string;
  readonly state: PersonState;
  readonly stream: string | null;
  readonly alias_of: string | null;
}

/** Who the vault knows, and who was found to be whose duplicate. What is asked for at once is asked for together. */
export class Persons {
  private readonly admissions = new Gatherer((admitted: readonly Admitted[]) => this.admitTogether(admitted));
  private readonly finds = new Gatherer((asked: readonly Asked[]) => this.findTogether(asked));
  private readonly closures = new Gatherer((asked: readonly Asked[]) => this.closuresTogether(asked));

  constructor(
    private readonly database: VaultDatabase,
    private readonly secrets: Secrets,
  ) {}

  async admit(organisation: string, person: string, stream: string): Promise<void> {
    checkNames([organisation, person, stream]);
    await this.secrets.load(organisation, 'naming');
    await this.admissions.ask([{ organisation, person, stream }]);
    const found = await this.find(organisation, person);
    if (found?.state !== 'active') throw erased(person);
  }

  async find(organisation: string, person: string): Promise<PersonEntry | undefined> {
    const [found] = await this.finds.ask([{ organisation, person }]);
    return found;
  }

  async aliases(organisation: string, person: string): Promise<string[]> {
    const [persons = []] = await this.closures.ask([{ organisation, person }]);
    if (persons.length === 0) throw unknown(person);
    return persons;
  }

  /** In one order, so that two processes that admit the same persons do not wait for each other. */
  private async admitTogether(admitted: readonly Admitted[]): Promise<void[]> {
    await this.database.query(
      `INSERT INTO vault.persons (organisation, person, stream, state)
       SELECT organisation, person, stream, 'active'
         FROM unnest($1::text[], $2::text[], $3::text[]) AS admitted (organisation, person, stream)
        ORDER BY organisation, person
       ON CONFLICT DO NOTHING`,
      [...columnsOf(admitted), admitted.map(({ stream }) => stream)],
    );
    return admitted.map(() => undefined);
  }

  private async findTogether(asked: readonly Asked[]): Promise<(PersonEntry | undefined)[]> {
    const rows = await this.database.query<PersonRow>(
      `SELECT organisation, person, state, stream, alias_of FROM vault.persons
        WHERE (organisation, person) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
      columnsOf(asked),
    );
    const found = new Map(rows.map((row) => [`${row.organisation}/${row.person}`, toPerson(row)]));
    return asked.map(({ organisation, person }) => found.get(`${organisation}/${person}`));
  }

  private async closuresTogether(asked: readonly Asked[]): Promise<string[][]> {
    const rows = await this.database.query<{ n: string; persons: string[] }>(
      `WITH RECURSIVE reached AS (
         SELECT asked.n, p.organisation, p.person, p.alias_of
           FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (organisation, person, n)
           JOIN vault.persons p ON p.organisation = asked.organisation AND p.person = asked.person
         UNION
         SELECT reached.n, next.organisation, next.person, next.alias_of
           FROM reached JOIN vault.persons next
             ON next.organisation = reached.organisation
            AND (next.person = reached.alias_of OR next.alias_of = reached.person)
       )
       SELECT n, array_agg(person ORDER BY person COLLATE "C") AS persons FROM reached GROUP BY n`,
      columnsOf(asked),
    );
    const found = new Map(rows.map(({ n, persons }) => [Number(n) - 1, persons]));
    return asked.map((_, index) => found.get(index) ?? []);
  }

  async setAlias(organisation: string, person: string, of: string | undefined): Promise<void> {
    await this.database.transaction(async (statements) => {
      await lockAliases(statements, organisation);
      const rows = await statements.query<{ person: string; state: PersonState }>(
        `SELECT person, state FROM vault.persons
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
                alias_of = NULL
          WHERE organisation = $1 AND (person = ANY($2) OR alias_of = ANY($2))`,
        [organisation, persons],
      );
    });
  }
}

const columnsOf = (asked: readonly Asked[]): [string[], string[]] => [
  asked.map(({ organisation }) => organisation),
  asked.map(({ person }) => person),
];

function toPerson(row: PersonRow): PersonEntry {
  return {
    person: row.person,
    state: row.state,
    ...(row.stream === null ? {} : { stream: row.stream }),
    ...(row.alias_of === null ? {} : { aliasOf: row.alias_of }),
  };
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
