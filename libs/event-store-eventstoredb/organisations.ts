import { LogTamperedError } from '@ardoise/event-store';
import { isOrganisation } from '@ardoise/format';
import { randomUUID } from 'node:crypto';
import type { Appending } from './appending';
import type { Connection } from './connection';
import { isStreamDeleted } from './errors';
import { readStream } from './reading';
import { organisationsStream, organisationType } from './record';
import { hidingSettings } from './stored';

/**
 * The organisations that have a log here, each entered before its first event. The engine could tell them only by going
 * through all that it holds; an entry also tells from where on an organisation's events have to be looked for. Two entries
 * of one organisation do no harm: the first one counts.
 */
export class Organisations {
  /** Commit position of each one's entry. */
  private readonly entries = new Map<string, bigint>();
  private readonly entering = new Map<string, Promise<void>>();
  private read = 0;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly appending: Appending,
  ) {}

  /** Commit position before which an organisation has nothing; undefined when it was never entered. */
  async entry(organisation: string): Promise<bigint | undefined> {
    if (!this.entries.has(organisation)) await this.refresh();
    return this.entries.get(organisation);
  }

  /** All that were entered, in no order. */
  async all(): Promise<string[]> {
    await this.refresh();
    return [...this.entries.keys()];
  }

  /** Enters an organisation unless it is. */
  enter(organisation: string): Promise<void> {
    if (this.entries.has(organisation)) return Promise.resolve();
    const entering = this.entering.get(organisation) ?? this.enterNow(organisation);
    this.entering.set(organisation, entering);
    return entering;
  }

  private async enterNow(organisation: string): Promise<void> {
    try {
      if ((await this.entry(organisation)) !== undefined) return;
      const data = Buffer.from(organisation, 'ascii');
      const events = [{ id: randomUUID(), type: organisationType, data }];
      await this.appending.append({ stream: organisationsStream, expectedVersion: undefined, events });
      await this.refresh();
    } finally {
      this.entering.delete(organisation);
    }
  }

  /** A look that begins now: one under way may have passed the end before. */
  private async refresh(): Promise<void> {
    await this.reading?.catch(() => undefined);
    await (this.reading ??= this.readOn().finally(() => (this.reading = undefined)));
  }

  private async readOn(): Promise<void> {
    const { events } = await readStream(this.connection, organisationsStream, { from: this.read }).catch(whenDeleted);
    if (events.length === 0 && this.read === 0) await this.mustBeNew();
    for (const { type, data, commit, revision } of events) {
      // An organisation whose entry is hidden would seem to have nothing at all.
      if (revision !== this.read) throw tampered(`entry ${this.read} is not there`);
      const name = Buffer.from(data).toString('ascii');
      this.read = revision + 1;
      const isNew = type === organisationType && isOrganisation(name) && !this.entries.has(name);
      if (isNew) this.entries.set(name, commit);
    }
  }

  /** The stream of one that was deleted softly, or whose entries have all gone, seems to be none. */
  private async mustBeNew(): Promise<void> {
    const hidden = await hidingSettings(this.connection, organisationsStream);
    if (hidden.length > 0) throw tampered(`${hidden.join(' and ')} is set, so that it loses entries`);
  }
}

function tampered(reason: string): LogTamperedError {
  return new LogTamperedError('every organisation', organisationsStream, reason);
}

function whenDeleted(error: unknown): never {
  throw isStreamDeleted(error) ? tampered('it was deleted') : error;
}
