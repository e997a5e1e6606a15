import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ClientBase } from 'pg';
import { createClient } from './pool';

/** Any number, the same for all; held shared by whoever works on the database, exclusively by what replaces its content. */
export const presenceLock = 4_151_702_231;
const againMilliseconds = 1_000;

/** A process's word that it works on a database, given until it is taken back. */
export interface Presence {
  /** Whether the word stands now: it falls with its connection and is given again as soon as the database answers. */
  readonly isHeld: boolean;
  /** Process id of the session that gives the word; undefined while it does not stand. */
  readonly session: number | undefined;
  leave(): Promise<void>;
}

export interface PresenceOptions {
  readonly name: string;
  /** Said when somebody who replaces the content is waited for. */
  readonly log?: (message: string) => void;
}

/**
 * Tells everybody that this process works on the database; waits while a restore replaces what is in it.
 * @throws what the database says when it cannot be reached
 */
export async function bePresent(url: string, { name, log = () => undefined }: PresenceOptions): Promise<Presence> {
  const holder = new Holder(url, `${name} presence`, log);
  await holder.hold();
  return holder;
}

/** What a client has and its types do not say: whether its connection keeps the process alive. */
interface Referenced {
  ref(): void;
  unref(): void;
}

class Holder implements Presence {
  private client: Client | undefined;
  private left = false;
  isHeld = false;
  private pid: number | undefined;

  constructor(
    private readonly url: string,
    private readonly name: string,
    private readonly log: (message: string) => void,
  ) {}

  get session(): number | undefined {
    return this.isHeld ? this.pid : undefined;
  }

  async hold(): Promise<void> {
    const client = createClient(this.url, { applicationName: this.name });
    this.client = client;
    await client.connect();
    client.once('end', () => void this.lost(client));
    const { rows } = await client.query<{ held: boolean; pid: number }>(
      'SELECT pg_try_advisory_lock_shared($1) AS held, pg_backend_pid() AS pid',
      [presenceLock],
    );
    this.pid = rows[0]?.pid;
    if (rows[0]?.held !== true) {
      this.log('a restore replaces what is in the database; waiting for its end');
      await client.query('SELECT pg_advisory_lock_shared($1)', [presenceLock]);
    }
    this.isHeld = true;
    // Being present is no reason to live on.
    (client as unknown as Referenced).unref();
  }

  async leave(): Promise<void> {
    this.left = true;
    // The word is taken back in order before the process ends: from here on it is a reason to live on.
    (this.client as unknown as Referenced | undefined)?.ref();
    await this.client?.end().catch(() => undefined);
    this.isHeld = false;
  }

  private async holdsAgain(): Promise<boolean> {
    try {
      await this.hold();
      return true;
    } catch {
      await this.client?.end().catch(() => undefined);
      return false;
    }
  }

  private async lost(client: Client): Promise<void> {
    if (client === this.client) this.isHeld = false;
    while (!this.left && client === this.client) {
      await delay(againMilliseconds, undefined, { ref: false });
      if (this.left || client !== this.client) return;
      if (await this.holdsAgain()) return;
      // The next round is this one's: a client that never connected tells nobody of its end.
      this.client = client;
    }
  }
}

/**
 * Keeps every other process out of the database for as long as the session lives.
 * @returns application names of those who are in, none when the database is this session's alone
 */
export async function beAlone(client: ClientBase): Promise<string[]> {
  const { rows: tried } = await client.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1) AS alone', [
    presenceLock,
  ]);
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT a.application_name AS name FROM pg_stat_activity a
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
        AND (a.application_name LIKE 'ardoise%' AND a.application_name <> 'ardoise watch'
             OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted
                          AND l.classid = $1::bigint >> 32 AND l.objid = $1::bigint & 4294967295))
      ORDER BY 1`,
    [presenceLock],
  );
  if (tried[0]?.alone === true && rows.length === 0) return [];
  return rows.length > 0 ? rows.map(({ name }) => name) : ['another session'];
}
