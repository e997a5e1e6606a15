import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { DataSource } from 'typeorm';

/** A unit whose content a receiver was given. */
export interface GivenUnit {
  readonly unit: string;
  readonly category: string;
  readonly day?: string;
}

/** Units that end, by their ids or by the day that they hang under. */
export interface EndingUnits {
  readonly units: readonly string[];
  readonly days: readonly { readonly category: string; readonly day: string }[];
}

/** Who was given what, by units: how those are found whom article 19 GDPR wants told. */
@Injectable()
export class GivenUnits {
  constructor(private readonly database: DataSource) {}

  /** Remembered before it is sent. Gives those that were not known. */
  async remember(organisation: string, subscription: string, given: readonly GivenUnit[]): Promise<string[]> {
    const rows: { unit: string }[] = await this.database.query(
      `INSERT INTO webhooks.given (organisation, subscription, unit, category, day)
       SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING RETURNING unit`,
      [
        organisation,
        subscription,
        given.map(({ unit }) => unit),
        given.map(({ category }) => category),
        given.map(({ day }) => day ?? null),
      ],
    );
    return rows.map(({ unit }) => unit);
  }

  /** Of these units, those that the receiver was given. */
  async among(organisation: string, subscription: string, units: readonly string[]): Promise<string[]> {
    const rows: { unit: string }[] = await this.database.query(
      'SELECT unit FROM webhooks.given WHERE organisation = $1 AND subscription = $2 AND unit = ANY($3) ORDER BY unit',
      [organisation, subscription, units],
    );
    return rows.map(({ unit }) => unit);
  }

  async forget(organisation: string, subscription: string, units: readonly string[]): Promise<void> {
    await this.database.query(
      'DELETE FROM webhooks.given WHERE organisation = $1 AND subscription = $2 AND unit = ANY($3)',
      [organisation, subscription, units],
    );
  }

  /** Who was given units that end now: subscriptions, each with its units. */
  async ending(organisation: string, { units, days }: EndingUnits): Promise<Map<string, string[]>> {
    const rows: { subscription: string; units: string[] }[] = await this.database.query(
      `SELECT subscription, array_agg(unit ORDER BY unit) AS units FROM webhooks.given
        WHERE organisation = $1 AND (unit = ANY($2) OR (category, day) IN (SELECT * FROM unnest($3::text[], $4::text[])))
        GROUP BY subscription`,
      [organisation, units, days.map(({ category }) => category), days.map(({ day }) => day)],
    );
    return new Map(rows.map((row) => [row.subscription, row.units]));
  }

  /** In the transaction that keeps the notice. */
  async forgetEnded(client: PoolClient, organisation: string, units: readonly string[]): Promise<void> {
    await client.query('DELETE FROM webhooks.given WHERE organisation = $1 AND unit = ANY($2)', [organisation, units]);
  }
}
