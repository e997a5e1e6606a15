import {
  type EventStore,
  EventStoreUnavailableError,
  type StoredEvent,
  type StoredLeaf,
  type SubscribeOptions,
} from '@ardoise/event-store';
import { type Json, leafHash, randomId, singleStream, writeHeader, writeSections } from '@ardoise/format';
import { type AnyOpened, type EventOpener, TamperedEventError, UnknownEventError } from '@ardoise/sealing';
import { type OpenedKey, VaultError } from '@ardoise/vault';

/** What would be sealed; with a day where its unit would end with one. */
export interface ToldSection {
  readonly unit: string;
  /** Default `learning`. */
  readonly category?: string;
  readonly day?: string;
  readonly fields: { readonly [name: string]: Json };
}

/** An event of the specs: what would be sealed stands in a fact, with its unit, for the opener of the specs. */
export interface Told {
  readonly type: string;
  readonly facts?: { readonly [name: string]: Json };
  readonly sealed?: ToldSection;
  readonly stream?: string;
}

export const keysFenced = (...units: string[]): Told => ({
  type: 'keys-fenced',
  stream: singleStream('vault'),
  facts: { cause: 'erasure', units: units.map((unit) => [unit, 'f'.repeat(64)]), part: 1, parts: 1 },
});

/** The end of groups: of a category's days, of the whole organisation, or of an epoch that has passed. */
export const groupsEnded = (
  cause: 'day' | 'contract' | 'epoch',
  ...days: readonly { readonly category: string; readonly day: string }[]
): Told => {
  const group = (of: object) => ({ group: randomId(), fingerprint: 'f'.repeat(64), epoch: 1, ...of });
  const groups = cause === 'day' ? days.map(group) : [group({}), ...days.map(group)];
  return { type: 'groups-ended', stream: singleStream('vault'), facts: { cause, groups, part: 1, parts: 1 } };
};

/** A log in memory, where the store is not the subject of a spec. */
export class MemoryStore implements EventStore {
  away = false;
  private readonly logs = new Map<string, StoredEvent[]>();
  private readonly versions = new Map<string, number>();
  private wake = new Set<() => void>();

  tell(organisation: string, ...events: readonly Told[]): bigint {
    const log = this.logs.get(organisation) ?? [];
    this.logs.set(organisation, log);
    for (const told of events) log.push(this.stored(organisation, told, BigInt(log.length + 1)));
    for (const wake of this.wake) wake();
    return BigInt(log.length);
  }

  append(): never {
    throw new Error('the specs tell');
  }

  async readStream(organisation: string, stream: string): Promise<StoredEvent[]> {
    return (await this.readLog(organisation, 0n, Infinity)).filter((event) => event.stream === stream);
  }

  async readLog(organisation: string, after: bigint, limit: number): Promise<StoredEvent[]> {
    if (this.away) throw new EventStoreUnavailableError('the store is away');
    return (this.logs.get(organisation) ?? []).slice(Number(after), Number(after) + limit);
  }

  async readLeaves(organisation: string, after: bigint, limit: number): Promise<StoredLeaf[]> {
    return leavesOf(await this.readLog(organisation, after, limit));
  }

  async head(organisation: string): Promise<bigint> {
    if (this.away) throw new EventStoreUnavailableError('the store is away');
    return BigInt(this.logs.get(organisation)?.length ?? 0);
  }

  async organisations(): Promise<string[]> {
    return [...this.logs.keys()].sort();
  }

  async isLeft(): Promise<boolean> {
    return false;
  }

  async *subscribe({ organisation, after, batchSize = 500, signal }: SubscribeOptions): AsyncIterable<StoredEvent[]> {
    let position = after;
    while (!signal?.aborted) {
      const batch = this.away ? [] : await this.readLog(organisation, position, batchSize);
      if (batch.length > 0) {
        position += BigInt(batch.length);
        yield batch;
      } else {
        await this.told(signal);
      }
    }
  }

  async close(): Promise<void> {}

  private told(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.wake.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.wake.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  private stored(organisation: string, { type, facts = {}, sealed, stream }: Told, position: bigint): StoredEvent {
    const name = stream ?? `learner-${(sealed?.unit ?? randomId()).slice(0, 32)}`;
    const version = this.versions.get(`${organisation}/${name}`) ?? 0;
    this.versions.set(`${organisation}/${name}`, version + 1);
    const header = writeHeader({
      command: '0'.repeat(64),
      facts: sealed ? { ...facts, sealed: { ...sealed } } : facts,
      format: 1,
      id: randomId(),
      organisation,
      policy: 1,
      recordedAt: '2026-11-22T10:00:00Z',
      schema: 1,
      sections: [],
      stream: name,
      type,
      version,
    });
    return { organisation, position, stream: name, version, header, sections: writeSections([]) };
  }
}

/** What a ledger sees of events. */
export function leavesOf(events: readonly StoredEvent[]): StoredLeaf[] {
  return events.map(({ position, header }) => ({ position, leaf: leafHash(header) }));
}

/** Opens what MemoryStore tells. Units can be destroyed, events tampered with, the vault be away. */
export class ToldOpener implements EventOpener {
  readonly destroyed = new Set<string>();
  readonly tampered = new Set<bigint>();
  readonly unknown = new Set<string>();
  /** What an event comes to: a spec can split it. */
  become: (event: AnyOpened) => readonly AnyOpened[] = (event) => [event];
  away = false;
  /** Called before a batch is handed out: a spec can hold it back. */
  before: (events: readonly AnyOpened[]) => Promise<void> = async () => undefined;

  isPresent(): boolean {
    return true;
  }

  knows(type: string): boolean {
    return !this.unknown.has(type);
  }

  async open(organisation: string, events: readonly StoredEvent[], wanted?: ReadonlySet<string>): Promise<AnyOpened[]> {
    if (this.away) throw new VaultError('vault-unavailable', 'the vault is away');
    const opened: AnyOpened[] = [];
    for (const stored of events) {
      const header = JSON.parse(stored.header.toString()) as AnyOpened & { facts: { sealed?: Told['sealed'] } };
      if (this.unknown.has(header.type)) throw new UnknownEventError(header.type, 1, header.id);
      if (wanted && !wanted.has(header.type)) continue;
      if (this.tampered.has(stored.position)) throw new TamperedEventError(header.id, stored.position, 'spec');
      const { sealed, ...facts } = header.facts;
      const state: OpenedKey['state'] = sealed && this.destroyed.has(sealed.unit) ? 'destroyed' : 'open';
      const { unit = '', category = 'learning', day } = sealed ?? {};
      const dated = day === undefined ? {} : { day };
      const self = { unit, person: 'p', occurredAt: header.recordedAt, source: 'lms', category, ...dated };
      const readable = sealed !== undefined && state === 'open';
      const event: AnyOpened = {
        ...header,
        organisation,
        position: stored.position,
        facts,
        sections: readable ? { self: { ...self, fields: sealed.fields } } : {},
        closed: sealed && !readable ? [{ role: 'self', unit, state: 'erased' }] : [],
      };
      opened.push(...this.become(event));
    }
    await this.before(opened);
    return opened;
  }
}
