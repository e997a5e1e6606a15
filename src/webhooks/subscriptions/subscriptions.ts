import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Terms } from '../domain/terms';

/** `ended`: it is told nothing more but what becomes of data that it was given. */
export type SubscriptionState = 'active' | 'paused' | 'ended';

export interface Subscription extends Terms {
  readonly organisation: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly url: string;
  readonly state: SubscriptionState;
  /** A code, where it was not an operator who paused it. */
  readonly pausedBecause?: string;
  /** It is told of events after this position. */
  readonly after: bigint;
  readonly version: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

interface Row {
  organisation: string;
  subscription: string;
  url: string;
  types: string[];
  role: string | null;
  categories: string[];
  state: SubscriptionState;
  paused_because: string | null;
  after_position: string;
  version: number;
  created_at: Date;
  changed_at: Date;
}

/** The table of subscriptions; see its migration. */
@Injectable()
export class Subscriptions {
  constructor(private readonly database: DataSource) {}

  /** False when there is one of this id. */
  async add(subscription: Subscription): Promise<boolean> {
    const { organisation, id, url, types, role, categories, state, after, version, createdAt } = subscription;
    const rows: unknown[] = await this.database.query(
      `INSERT INTO webhooks.subscriptions
         (organisation, subscription, url, types, role, categories, state, after_position, version, created_at, changed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING RETURNING subscription`,
      [
        organisation,
        id,
        url,
        JSON.stringify(types),
        role ?? null,
        JSON.stringify(categories),
        state,
        after.toString(),
        version,
        createdAt,
      ],
    );
    return rows.length > 0;
  }

  async find(organisation: string, id: string): Promise<Subscription | undefined> {
    const [row] = await this.select('organisation = $1 AND subscription = $2', [organisation, id]);
    return row;
  }

  /** Of an organisation, the oldest first. */
  ofOrganisation(organisation: string): Promise<Subscription[]> {
    return this.select('organisation = $1', [organisation]);
  }

  /** Those to whom something is brought now. */
  async told(): Promise<Pick<Subscription, 'organisation' | 'id'>[]> {
    return this.database.query(
      `SELECT s.organisation, s.subscription AS id FROM webhooks.subscriptions s
        WHERE s.state = 'active'
           OR (s.state = 'ended' AND EXISTS (SELECT FROM outbox.entries e WHERE e.organisation = s.organisation
                                              AND e.destination = s.subscription AND e.state = 'pending'))
        ORDER BY 1, 2`,
    );
  }

  /** Writes what has changed. False when somebody else has changed it since it was read. */
  async change(before: Subscription, change: Partial<Subscription>, now: Date): Promise<boolean> {
    const { organisation, id, version } = before;
    const { url, types, role, categories, state, pausedBecause } = { ...before, ...change };
    const [, changed] = await this.database.query<[unknown, number]>(
      `UPDATE webhooks.subscriptions SET url = $4, types = $5, role = $6, categories = $7, state = $8,
              paused_because = $9, version = version + 1, changed_at = $10
        WHERE organisation = $1 AND subscription = $2 AND version = $3`,
      [
        organisation,
        id,
        version,
        url,
        JSON.stringify(types),
        role ?? null,
        JSON.stringify(categories),
        state,
        state === 'paused' ? (pausedBecause ?? null) : null,
        now,
      ],
    );
    return changed === 1;
  }

  /** The log behind a position is another one: what comes after it is news again. */
  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.database.query(
      'UPDATE webhooks.subscriptions SET after_position = least(after_position, $2) WHERE organisation = $1',
      [organisation, to.toString()],
    );
  }

  private async select(where: string, values: readonly unknown[]): Promise<Subscription[]> {
    const rows: Row[] = await this.database.query(
      `SELECT * FROM webhooks.subscriptions WHERE ${where} ORDER BY created_at, subscription`,
      [...values],
    );
    return rows.map(({ organisation, subscription, url, types, role, categories, state, version, ...row }) => ({
      organisation,
      id: subscription,
      url,
      types,
      ...(role === null ? {} : { role }),
      categories,
      state,
      ...(row.paused_because === null ? {} : { pausedBecause: row.paused_because }),
      after: BigInt(row.after_position),
      version,
      createdAt: row.created_at,
      changedAt: row.changed_at,
    }));
  }
}
