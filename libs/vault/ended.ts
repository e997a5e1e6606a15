import { idOf, type VaultDatabase } from './database';

/** What the vault has on record as ended: nothing that leads to a person, a category or an instant. */
export interface EndedEntry {
  /** Of a unit or a group. */
  readonly id: string;
  readonly fingerprint: string;
  readonly state: 'destroyed' | 'lost';
  /** The event that ended it; absent of what is lost, and of an orphan, a key that nothing was ever sealed under. */
  readonly receipt?: string;
}

interface Row {
  readonly id: string;
  readonly fingerprint: Buffer;
  readonly state: 'destroyed' | 'lost';
  readonly receipt: string | null;
}

/** Pages of what has ended, in the order of ids. */
export class Ended {
  constructor(private readonly database: VaultDatabase) {}

  /**
   * Units that ended one by one; what hung under a group that ended is told by its group. By their rows and by the
   * record of endings: a row that somebody altered and one that somebody removed are told too.
   */
  async units(organisation: string, after: string, limit: number): Promise<EndedEntry[]> {
    const rows = await this.database.query<Row>(
      `SELECT ended.id, coalesce(u.fingerprint, e.fingerprint) AS fingerprint,
              CASE WHEN u.state = 'lost' THEN 'lost' ELSE 'destroyed' END AS state, e.event AS receipt
         FROM ((SELECT x.unit AS id FROM vault.units x JOIN vault.groups g ON g.id = x.group_id
                 WHERE x.organisation = $1 AND x.unit > $2::uuid
                   AND (x.state = 'lost' OR x.state = 'destroyed' AND (g.state <> 'destroyed' OR g.receipt IS NULL))
                 ORDER BY x.unit LIMIT $3)
               UNION
               (SELECT x.id FROM vault.endings x
                 WHERE x.organisation = $1 AND x.id > $2::uuid
                   AND NOT EXISTS (SELECT FROM vault.groups g WHERE g.id = x.id) ORDER BY x.id LIMIT $3)) ended
         LEFT JOIN vault.units u ON u.unit = ended.id
         LEFT JOIN vault.endings e ON e.id = ended.id
        ORDER BY ended.id LIMIT $3`,
      [organisation, after, limit],
    );
    return rows.map(toEntry);
  }

  /** Groups that ended; a day that was closed before it had a group has no key that could. */
  async groups(organisation: string, after: string, limit: number): Promise<EndedEntry[]> {
    const rows = await this.database.query<Row>(
      `SELECT g.id, g.fingerprint, 'destroyed' AS state, coalesce(g.receipt, e.event) AS receipt
         FROM vault.groups g LEFT JOIN vault.endings e ON e.id = g.id
        WHERE g.organisation = $1 AND g.id > $2::uuid AND g.state = 'destroyed' AND g.fingerprint IS NOT NULL
        ORDER BY g.id LIMIT $3`,
      [organisation, after, limit],
    );
    return rows.map(toEntry);
  }
}

function toEntry({ id, fingerprint, state, receipt }: Row): EndedEntry {
  return {
    id: idOf(id),
    fingerprint: fingerprint.toString('hex'),
    state,
    ...(receipt === null ? {} : { receipt: idOf(receipt) }),
  };
}
