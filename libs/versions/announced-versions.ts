import { randomUUID } from 'node:crypto';
import { errorCode, type Log, pause } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import { versionName, type EventVersion, type VersionsInUse } from '@ardoise/sealing';
import type { Clock } from '@ardoise/time';
import type { Pool, PoolClient } from 'pg';
import type { Registry } from 'prom-client';
import {
  announce,
  deadAnnouncements,
  inUse,
  isKnownBeside,
  putInUse,
  standing,
  withdraw,
  type Announcer,
} from './announcements.sql';
import { VersionMetrics } from './metrics';

/** This program is older than what is in the log: it would stop at the first event that it does not know. */
export class ProgramTooOldError extends Error {
  override readonly name = 'ProgramTooOldError';
  readonly code = 'program-too-old';

  constructor(readonly versions: readonly string[]) {
    super(
      `this program does not know ${versions.join(', ')}, in which events are written by now; ` +
        'start the version that wrote them, or a later one',
    );
  }
}

export interface AnnouncingOptions {
  /** Sessions of the role ardoise_log. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  /** Shown to whoever asks for whom an upgrade waits. */
  readonly name: string;
  /** What this program can read. */
  readonly knows: readonly EventVersion[];
  /** Process id of the database session by which this process is present; undefined while it is not. */
  readonly session: () => number | undefined;
  /** Told how far an upgrade is, at each look. */
  readonly metrics?: Registry;
  /** How long the word of a process that says nothing stands; default 30,000. */
  readonly leaseMilliseconds?: number;
}

/** How far an upgrade has come. */
export interface VersionStanding {
  /** What this program could write and must not yet, as `type/version`. */
  readonly waiting: readonly string[];
  /** Processes that do not know all of it; `announced` is false of one that said nothing, being older than that. */
  readonly waitsFor: readonly { readonly name: string; readonly announced: boolean }[];
  /** What is in use and unknown here; it was begun while this process was taken for dead. */
  readonly unknown: readonly string[];
}

/**
 * Which versions of events may be written: those that every living process has announced that it can read. A version
 * comes into use once and for good, in a transaction that holds announcements up, so that no process which does not know
 * it begins to live meanwhile; from then on such a process is refused.
 *
 * A process lives as long as its lease has not lapsed by the injected clock, and as long as its session is present in the
 * database: one that is paused is waited for, and so is one that announces nothing.
 */
export class AnnouncedVersions implements VersionsInUse {
  private readonly process = randomUUID();
  private readonly known: readonly string[];
  private readonly metrics: VersionMetrics | undefined;
  private readonly end = new AbortController();
  private written: ReadonlySet<string> = new Set();
  private unknown: readonly string[] = [];
  private everything = false;
  private renewing: Promise<void> = Promise.resolve();

  private constructor(private readonly options: AnnouncingOptions) {
    this.known = options.knows.map(versionName);
    this.metrics = options.metrics && new VersionMetrics(options.metrics);
  }

  /** Announces what this process knows, and goes on saying so. @throws ProgramTooOldError */
  static async announce(options: AnnouncingOptions): Promise<AnnouncedVersions> {
    const versions = new AnnouncedVersions(options);
    await versions.look();
    if (versions.unknown.length > 0) throw new ProgramTooOldError(versions.unknown);
    versions.renewing = versions.keepLooking();
    return versions;
  }

  mayBeWritten(version: EventVersion): boolean {
    return this.everything || this.written.has(versionName(version));
  }

  /** Renews the announcement, and begins to use what all living processes know. */
  async look(): Promise<void> {
    const { pool, clock } = this.options;
    const now = clock.now();
    const used = await inTransaction(pool, async (client) => {
      await client.query('LOCK TABLE versions.announcements IN SHARE ROW EXCLUSIVE MODE');
      return this.lookLocked(client, now);
    });
    this.take(used);
    this.metrics?.standing(await this.standing());
  }

  /** Whom an upgrade waits for. */
  async standing(): Promise<VersionStanding> {
    const { pool, clock } = this.options;
    const waiting = this.known.filter((version) => !this.written.has(version));
    const waitsFor = waiting.length === 0 ? [] : await standing(pool, clock.now(), waiting);
    return { waiting, waitsFor, unknown: this.unknown };
  }

  /** Whether another process that lives can read a version. */
  async knownElsewhere(version: EventVersion): Promise<boolean> {
    const { pool, clock } = this.options;
    return isKnownBeside(pool, clock.now(), this.process, versionName(version));
  }

  /** Takes the announcement back: nobody waits for this process any more. */
  async leave(): Promise<void> {
    this.end.abort();
    await this.renewing;
    // Where this fails, the lease lapses.
    await withdraw(this.options.pool, this.process).catch(() => undefined);
  }

  private async lookLocked(client: PoolClient, now: Date): Promise<readonly string[]> {
    const before = await inUse(client);
    // A process that is refused announces nothing: nobody must wait for it.
    if (this.lacking(before).length > 0) {
      await withdraw(client, this.process);
      return before.map(({ version }) => version);
    }
    await deadAnnouncements(client, now);
    await announce(client, this.announcer(now));
    const begun = await putInUse(client, this.known, now);
    for (const version of begun) this.options.log.info({ version }, 'a version of an event is in use from now on');
    return [...before.map(({ version }) => version), ...begun];
  }

  private lacking(used: readonly { readonly version: string; readonly first: boolean }[]): string[] {
    const lacking = used.filter(({ version, first }) => !first && !this.known.includes(version));
    this.unknown = lacking.map(({ version }) => version);
    return [...this.unknown];
  }

  private announcer(now: Date): Announcer {
    const { name, session, leaseMilliseconds = 30_000 } = this.options;
    const leasedUntil = new Date(now.getTime() + leaseMilliseconds);
    return { process: this.process, name, session: session() ?? 0, knows: this.known, leasedUntil };
  }

  private take(used: readonly string[]): void {
    this.written = new Set(used);
    this.everything = this.known.every((version) => this.written.has(version));
  }

  private async keepLooking(): Promise<void> {
    const { log, leaseMilliseconds = 30_000 } = this.options;
    const { signal } = this.end;
    while (!signal.aborted) {
      await pause(leaseMilliseconds / 3, signal);
      if (signal.aborted) return;
      try {
        await this.look();
        if (this.unknown.length === 0) continue;
        const versions = this.unknown.join(', ');
        log.error(
          { code: 'program-too-old', versions },
          'events are written in versions that this program does not know',
        );
      } catch (error) {
        log.warn({ code: errorCode(error) }, 'what this program knows could not be announced; trying again');
      }
    }
  }
}
