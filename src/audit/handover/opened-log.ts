import { Inject, Injectable } from '@nestjs/common';
import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { LongReaders } from '@ardoise/readers';
import { Opener, storedId, type AnyOpened, type OpenedSection } from '@ardoise/sealing';
import type { Keep, OpenedKey, UnitReference, Vault } from '@ardoise/vault';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { openEach, type Unreadable } from './readable';

/** Opened events are larger than stored ones: so few keep the memory small. */
const atOnce = 200;

/** A section as it is handed over. */
export type HandedSection =
  | ({
      readonly state: 'open';
      /** There where it is kept beside an erasure: on which ground, and until when. */
      readonly kept?: { readonly ground: string; readonly until: string };
    } & Omit<OpenedSection, 'request'>)
  /** `endedBy`: id of the event of the log that says so. */
  | { readonly state: 'erased'; readonly unit: string; readonly endedBy?: string }
  | { readonly state: 'lost'; readonly unit: string };

/** What stands in a batch of opened events beside them. */
interface Beside {
  readonly kept: ReadonlyMap<string, Omit<Keep, 'unit'>>;
  readonly ended: ReadonlyMap<string, OpenedKey>;
}

/** Counts what could not be read, for whoever has to know that a hand-over is not all that there was. */
export interface Gaps {
  events: number;
  files: number;
}

/** An organisation's log with its sections opened, as NDJSON: what a controller can read without any key. */
@Injectable()
export class OpenedLog {
  constructor(
    private readonly opener: Opener,
    private readonly readers: LongReaders,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Lines up to a position; bounded memory. What was tampered with stands there as unreadable, and is counted. */
  lines(organisation: string, upTo: bigint, gaps: Gaps): AsyncGenerator<string> {
    return this.readers.reading('hand-over', organisation, () => this.read(organisation, upTo, gaps));
  }

  private async *read(organisation: string, upTo: bigint, gaps: Gaps): AsyncGenerator<string> {
    for await (const stored of this.batches(organisation, upTo)) {
      const events = await openEach(this.opener, organisation, stored);
      const beside = await this.beside(organisation, stored, events);
      yield events.map((event) => JSON.stringify(lineOf(event, beside, gaps)) + '\n').join('');
    }
  }

  /** Stored events up to a position, some at once. */
  async *batches(organisation: string, upTo: bigint): AsyncGenerator<readonly StoredEvent[]> {
    for (let position = 0n; position < upTo;) {
      const events = await this.store.readLog(organisation, position, atOnce);
      const last = events.at(-1);
      if (!last) return;
      position = last.position;
      yield events.filter((event) => event.position <= upTo);
    }
  }

  private async beside(
    organisation: string,
    stored: readonly StoredEvent[],
    events: readonly (AnyOpened | Unreadable)[],
  ): Promise<Beside> {
    const opened = events.filter(isOpened);
    const open = opened.flatMap(({ sections }) => Object.values(sections).flatMap((one) => (one ? [one.unit] : [])));
    const closed = new Set(opened.flatMap((event) => event.closed.map(({ unit }) => unit)));
    const references = new Map<string, UnitReference>();
    if (closed.size > 0) {
      for (const { header } of stored.filter(({ position }) => opened.some((one) => one.position === position))) {
        for (const one of readHeader(header).sections) if (closed.has(one.unit)) references.set(one.unit, one);
      }
    }
    const [kept, ended] = await Promise.all([
      this.vault.keptAmong(organisation, [...new Set(open)]),
      references.size > 0 ? this.vault.openingKeys(organisation, [...references.values()]) : new Map(),
    ]);
    return { kept, ended };
  }
}

export function isOpened(event: AnyOpened | Unreadable): event is AnyOpened {
  return 'sections' in event;
}

function lineOf(event: AnyOpened | Unreadable, beside: Beside, gaps: Gaps): object {
  const position = event.position.toString();
  if (!isOpened(event)) {
    gaps.events += 1;
    return { position, state: 'unreadable', reason: event.reason };
  }
  const { stream, version, type, schema, policy, recordedAt, service, facts, stored } = event;
  const sections: { [role: string]: HandedSection } = {};
  for (const [role, section] of Object.entries(event.sections)) if (section) sections[role] = openOf(section, beside);
  for (const { role, unit, state } of event.closed) {
    const ended = beside.ended.get(unit);
    const endedBy = ended?.state === 'destroyed' ? { endedBy: ended.receipt } : {};
    sections[role] = state === 'lost' ? { state, unit } : { state, unit, ...endedBy };
  }
  const header = { position, stream, version, id: storedId(event), type, schema, policy, recordedAt };
  const before = stored ? { stored: { type: stored.type, schema: stored.schema } } : {};
  return { ...header, ...before, ...(service === undefined ? {} : { service }), facts, sections };
}

function openOf({ request: _, ...section }: OpenedSection, { kept }: Beside): HandedSection {
  const keep = kept.get(section.unit);
  return {
    state: 'open',
    ...section,
    ...(keep ? { kept: { ground: keep.ground, until: keep.until.toISOString() } } : {}),
  };
}
