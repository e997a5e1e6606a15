import { randomBytes, randomId } from '@ardoise/format';
import { Append, AppendOutcome, EventStore, EventStoreUnavailableError, NewEvent, StoredEvent } from './event-store';

/** Ways to provoke what only the engine itself can do. */
export interface FaultHooks {
  /** Does everything of an append but its commit, and leaves the commit to the caller. */
  holdAppend(append: Append): Promise<{ commit(): Promise<void> }>;
  /** Ends, on the engine's side, every connection that the stores have. */
  cutConnections(): Promise<void>;
  /** Kills the engine without warning, and starts it again after what is given. */
  crash(meanwhile: () => Promise<void>): Promise<void>;
  /** Appends from an operating-system process of its own. */
  appendElsewhere(append: Append): Promise<AppendOutcome>;
}

export interface ContractSubject {
  /** Opens one more store, independent of the others, on the same storage. */
  open(): EventStore;
  dispose(): Promise<void>;
  readonly faults?: Partial<FaultHooks>;
}

/** What the parts of the contract share: two stores on one storage. */
export class ContractContext {
  private subject: ContractSubject;
  /** Two independent stores. */
  a: EventStore;
  b: EventStore;

  start(subject: ContractSubject): void {
    this.subject = subject;
    this.a = subject.open();
    this.b = subject.open();
  }

  get faults(): FaultHooks {
    return this.subject.faults as FaultHooks;
  }

  async stop(): Promise<void> {
    await Promise.all([this.a.close(), this.b.close()]);
    await this.subject.dispose();
  }
}

/** An organisation that no other test knows. */
export function newOrganisation(): string {
  return `o${randomId()}`;
}

export function newStream(): string {
  return `enrolment-${randomId()}`;
}

export function newEvent(members: Partial<NewEvent> = {}): NewEvent {
  return { header: randomBytes(200), sections: randomBytes(300), command: randomBytes(32), ...members };
}

export function newAppend(members: Partial<Append> = {}): Append {
  return { organisation: newOrganisation(), stream: newStream(), expectedVersion: 0, events: [newEvent()], ...members };
}

/** The whole log of an organisation, read in pieces. */
export async function readAll(store: EventStore, organisation: string, piece = 100): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (;;) {
    const events = await store.readLog(organisation, all.at(-1)?.position ?? 0n, piece);
    if (events.length === 0) return all;
    all.push(...events);
  }
}

/** What a caller does that is told "unavailable": the same again, with the same command, until it is answered. */
export async function insist(append: () => Promise<AppendOutcome>): Promise<AppendOutcome> {
  for (;;) {
    try {
      return await append();
    } catch (error) {
      if (!(error instanceof EventStoreUnavailableError)) throw error;
      await new Promise(setImmediate);
    }
  }
}

/** Reads from a subscription until the condition holds of everything delivered so far. */
export async function deliveredUntil(
  store: EventStore,
  organisation: string,
  enough: (events: readonly StoredEvent[]) => boolean,
  batchSize = 500,
): Promise<StoredEvent[]> {
  const abort = new AbortController();
  const delivered: StoredEvent[] = [];
  for await (const events of store.subscribe({ organisation, after: 0n, batchSize, signal: abort.signal })) {
    delivered.push(...events);
    if (enough(delivered)) abort.abort();
  }
  return delivered;
}
