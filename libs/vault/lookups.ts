import { isId } from '@ardoise/format';
import type { Statements, VaultDatabase } from './database';
import { Gatherer } from '@ardoise/gathering';
import { lookupDigest } from './naming';
import type { Secrets } from './secrets';
import { VaultError } from './vault';

interface LookUp {
  readonly organisation: string;
  readonly digest: Buffer;
  readonly person: string;
  readonly unit: string;
}

type Put = 'put' | 'taken' | 'unit-ended';

const nameOf = ({ organisation, digest }: Pick<LookUp, 'organisation' | 'digest'>): string =>
  `${organisation}/${digest.toString('hex')}`;
const nameOfUnit = ({ organisation, person, unit }: Omit<LookUp, 'digest'>): string =>
  `${organisation}/${person}/${unit}`;

/**
 * The units of look-ups that live. Locked before a look-up is written, in one order: a destruction of the unit waits, and
 * then removes this look-up too.
 */
async function lockLiving(statements: Statements, asked: readonly LookUp[]): Promise<ReadonlySet<string>> {
  const units = asked.map(({ unit }) => unit).filter(isId);
  const rows = await statements.query<{ unit: string; organisation: string; person: string }>(
    `SELECT replace(unit::text, '-', '') AS unit, organisation, person FROM vault.units
      WHERE unit = ANY($1::uuid[]) AND state IN ('active', 'held') ORDER BY unit FOR SHARE`,
    [units],
  );
  return new Set(rows.map(nameOfUnit));
}

/** Names of the look-ups that are there afterwards, for the person who asked. */
async function insert(statements: Statements, asked: readonly LookUp[]): Promise<ReadonlySet<string>> {
  const rows = await statements.query<{ organisation: string; digest: Buffer }>(
    `INSERT INTO vault.lookups AS taken (organisation, digest, person, unit)
     SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::uuid[]) AS asked (organisation, digest, person, unit)
      ORDER BY organisation, digest
     ON CONFLICT (organisation, digest) DO UPDATE SET unit = excluded.unit WHERE taken.person = excluded.person
     RETURNING organisation, digest`,
    [
      asked.map(({ organisation }) => organisation),
      asked.map(({ digest }) => digest),
      asked.map(({ person }) => person),
      asked.map(({ unit }) => unit),
    ],
  );
  return new Set(rows.map(nameOf));
}

/** Persons found again by an external id that could be guessed, of which only a keyed digest is kept. */
export class Lookups {
  private readonly puts = new Gatherer((asked: readonly LookUp[]) => this.putTogether(asked));

  constructor(
    private readonly database: VaultDatabase,
    private readonly secrets: Secrets,
  ) {}

  async put(organisation: string, system: string, value: string, person: string, unit: string): Promise<boolean> {
    const digest = await this.digest(organisation, system, value);
    const [outcome] = await this.puts.ask([{ organisation, digest, person, unit }]);
    if (outcome === 'unit-ended') {
      throw new VaultError('unit-ended', `unit ${unit} is not a living unit of the look-up's person`);
    }
    return outcome === 'put';
  }

  private async putTogether(asked: readonly LookUp[]): Promise<Put[]> {
    return this.database.transaction(async (statements) => {
      const living = await lockLiving(statements, asked);
      const fit = asked.filter((one) => living.has(nameOfUnit(one)));
      // One row of each digest in one statement: of two who ask for the same, the first may have it.
      const first = new Map(fit.map((one) => [nameOf(one), one] as const).reverse());
      const put = await insert(statements, [...first.values()]);
      return asked.map((one) => {
        if (!living.has(nameOfUnit(one))) return 'unit-ended';
        return put.has(nameOf(one)) && first.get(nameOf(one))?.person === one.person ? 'put' : 'taken';
      });
    });
  }

  async drop(organisation: string, system: string, value: string, person: string): Promise<void> {
    const digest = await this.digest(organisation, system, value);
    await this.database.query('DELETE FROM vault.lookups WHERE organisation = $1 AND digest = $2 AND person = $3', [
      organisation,
      digest,
      person,
    ]);
  }

  /** Found only while the unit that the external id is sealed under could be opened. */
  async find(organisation: string, system: string, value: string): Promise<string | undefined> {
    const digest = await this.digest(organisation, system, value);
    const [row] = await this.database.query<{ person: string }>(
      `SELECT l.person
         FROM vault.lookups l JOIN vault.units u ON u.unit = l.unit JOIN vault.groups g ON g.id = u.group_id
        WHERE l.organisation = $1 AND l.digest = $2 AND u.state IN ('active', 'held') AND g.state <> 'destroyed'`,
      [organisation, digest],
    );
    return row?.person;
  }

  private async digest(organisation: string, system: string, value: string): Promise<Buffer> {
    return lookupDigest(await this.secrets.load(organisation, 'lookup'), system, value);
  }
}
