import {
  type Append,
  type AppendOutcome,
  eventStoreMigrations,
  PostgresEventStore,
  PostgresMovableLog,
  type NewEvent,
  type StoredEvent,
} from '@ardoise/event-store';
import { leafHash, randomBytes, randomId, writeHeader, writeSections } from '@ardoise/format';
import { CompactRange } from '@ardoise/ledger';
import { createPool, migrate } from '@ardoise/postgres';
import { createTestDatabase } from '@ardoise/testing';
import type { Pool } from 'pg';
import type { SignedTree } from '../signed-tree';

/** A log of its own, on a database of its own. */
export class Side {
  private constructor(
    readonly pool: Pool,
    private readonly logPool: Pool,
    readonly store: PostgresEventStore,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(): Promise<Side> {
    const { url, drop } = await createTestDatabase();
    await migrate(url, eventStoreMigrations);
    const pool = createPool(url, { applicationName: 'owner' });
    const logPool = createPool(url, { role: 'ardoise_log', applicationName: 'log' });
    return new Side(pool, logPool, new PostgresEventStore({ pool: logPool, listenUrl: url }), drop);
  }

  get log(): PostgresMovableLog {
    return new PostgresMovableLog({ pool: this.pool, store: this.store });
  }

  append(organisation: string, stream: string, expectedVersion: number, count = 1): Promise<AppendOutcome> {
    return this.store.append(newAppend(organisation, stream, expectedVersion, count));
  }

  /** Streams of a few events each, written in turns. */
  async fill(organisation: string, streams: number, rounds = 2): Promise<void> {
    const names = Array.from({ length: streams }, newStream);
    for (let round = 0; round < rounds; round++) {
      await Promise.all(names.map((name) => this.append(organisation, name, round * 2, 2)));
    }
  }

  async all(organisation: string): Promise<StoredEvent[]> {
    return this.store.readLog(organisation, 0n, 100_000);
  }

  /** What a ledger that follows this log has signed of it by now. */
  readonly signed = async (organisation: string): Promise<SignedTree[]> => {
    const events = await this.all(organisation);
    const range = new CompactRange();
    for (const { header } of events) range.append(leafHash(header));
    const last = events.at(-1);
    const checkpoint = last && { size: events.length, position: last.position, root: range.root() };
    return [{ origin: `spec/${organisation}/1`, after: 0n, ...(checkpoint ? { checkpoint } : {}) }];
  };

  async close(): Promise<void> {
    await this.store.close();
    await Promise.all([this.pool.end(), this.logPool.end()]);
    await this.drop();
  }
}

export const newStream = (): string => `enrolment-${randomId()}`;

export function newAppend(organisation: string, stream: string, expectedVersion: number, count = 1): Append {
  const command = randomBytes(32);
  const events = Array.from({ length: count }, (_, i) => newEvent(organisation, stream, expectedVersion + i, command));
  return { organisation, stream, expectedVersion, events };
}

function newEvent(organisation: string, stream: string, version: number, command: Buffer): NewEvent {
  const header = writeHeader({
    command: command.toString('hex'),
    facts: {},
    format: 1,
    id: randomId(),
    organisation,
    policy: 1,
    recordedAt: '2026-11-22T10:00:00Z',
    schema: 1,
    sections: [],
    stream,
    type: 'thing-happened',
    version,
  });
  return { command, header, sections: writeSections([]) };
}
