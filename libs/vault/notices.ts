import { Client, type ClientConfig } from 'pg';
import type { Statements } from './database';

const channel = 'ardoise_keys';
/** A notice holds less than 8,000 bytes; a unit's id takes 33. */
const unitsPerNotice = 200;
const mostNotices = 20;
const everything = 'all';

export type Dropped = readonly string[] | 'all';

/**
 * Tells all processes to drop keys, after the commit that ended them. Beyond 4,000 units it is cheaper to drop
 * everything. Best effort: a notice that is lost costs at most the lease.
 */
export async function notify(statements: Statements, dropped: Dropped): Promise<void> {
  if (dropped.length === 0) return;
  const payloads: string[] = [];
  if (dropped === 'all' || dropped.length > unitsPerNotice * mostNotices) payloads.push(everything);
  else {
    for (let at = 0; at < dropped.length; at += unitsPerNotice) {
      payloads.push(dropped.slice(at, at + unitsPerNotice).join());
    }
  }
  await statements
    .query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS told(payload)', [channel, payloads])
    .catch(() => undefined);
}

/** Hears the notices of all processes on a connection of its own, and connects again when it is lost. */
export class NoticeListener {
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly connection: ClientConfig,
    private readonly onDrop: (dropped: Dropped) => void,
    private readonly retryMilliseconds = 1_000,
  ) {}

  /** Resolves when it listens, or has failed to and will try again. */
  async start(): Promise<void> {
    const client = new Client({ ...this.connection, keepAlive: true });
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    client.on('notification', ({ payload = everything }) => {
      this.onDrop(payload === everything ? everything : payload.split(','));
    });
    this.client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      // What was told while nobody listened is not known.
      this.onDrop(everything);
    } catch {
      this.lost(client);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }

  private lost(client: Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    // From here on notices are missed; what is opened meanwhile is dropped again when it listens again.
    this.onDrop(everything);
    void client.end().catch(() => undefined);
    if (this.closed) return;
    this.retry = setTimeout(() => void this.start(), this.retryMilliseconds);
    this.retry.unref();
  }
}
