import { setTimeout as delay } from 'node:timers/promises';
import { randomId } from '@ardoise/format';
import { createClient } from '@ardoise/postgres';
import { Client } from 'pg';
import { channel } from './notify.sql';

const firstPause = 100;
const longestPause = 5_000;

/**
 * What wakes subscriptions: one LISTEN connection for a whole store, made with the first subscription and made again
 * whenever it is lost. A notice only says "look": what was missed while the connection was away is found by looking.
 */
export class Notices {
  private readonly counts = new Map<string, number>();
  private readonly waiters = new Set<{ readonly organisation: string; readonly wake: () => void }>();
  private readonly end = new AbortController();
  /** Names this process's own notices, which it has heard before they are sent. */
  readonly sender = randomId();
  private listening: Promise<void> | undefined;

  constructor(private readonly url: string) {}

  /** Begins to listen, unless it does. */
  start(): void {
    if (!this.end.signal.aborted) this.listening ??= this.keepListening();
  }

  /** A number that changes with each notice: taken before looking, it tells whether to look again. */
  count(organisation: string): number {
    return this.counts.get(organisation) ?? 0;
  }

  heard(organisation: string): void {
    this.counts.set(organisation, this.count(organisation) + 1);
    for (const waiter of [...this.waiters]) if (waiter.organisation === organisation) waiter.wake();
  }

  /** Resolves at a notice later than `seen`, after the given milliseconds, or when the signal is aborted. */
  wait(organisation: string, seen: number, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.count(organisation) !== seen) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiters.delete(waiter);
        resolve();
      };
      const waiter = { organisation, wake };
      const timer = setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake);
      this.waiters.add(waiter);
    });
  }

  async close(): Promise<void> {
    this.end.abort();
    for (const { wake } of [...this.waiters]) wake();
    await this.listening;
  }

  private async keepListening(): Promise<void> {
    const { signal } = this.end;
    let pause = firstPause;
    while (!signal.aborted) {
      const client = createClient(this.url, { role: 'ardoise_log', applicationName: 'ardoise notices' });
      try {
        await this.listen(client);
        pause = firstPause;
        await lossOf(client, signal);
      } catch {
        // The database is away: subscriptions poll, and this tries again.
      }
      await client.end().catch(() => undefined);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, longestPause);
    }
  }

  private async listen(client: Client): Promise<void> {
    client.on('notification', ({ payload = '' }) => {
      const [organisation = '', sender] = payload.split(' ');
      if (sender !== this.sender) this.heard(organisation);
    });
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    for (const { organisation } of [...this.waiters]) this.heard(organisation);
  }
}

function lossOf(client: Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      signal.removeEventListener('abort', over);
      resolve();
    };
    if (signal.aborted) return over();
    client.once('end', over);
    client.once('error', over);
    signal.addEventListener('abort', over);
  });
}
