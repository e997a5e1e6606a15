import type { StoredEvent } from '@ardoise/event-store';
import { FormatError, readHeader } from '@ardoise/format';
import { type AnyOpened, isUnreadable, type EventOpener, TamperedEventError, versionOf } from '@ardoise/sealing';
import type { StopReason } from './checkpoints';

/** A piece of an organisation's log, opened for the projections that stand at its beginning. */
export interface OpenedBatch {
  readonly organisation: string;
  /** Where it begins: position of the last event before it. */
  readonly after: bigint;
  /** Where it ends: position of its last event, opened or not wanted. */
  readonly through: bigint;
  /** Of all its events, also those that nobody wanted. */
  readonly positions: readonly bigint[];
  readonly events: readonly AnyOpened[];
  /** The event after `through` that does not open, if that is why the batch ends there. */
  readonly refused?: Refusal;
}

export interface Refusal extends StopReason {
  /**
   * The only type that it could come to, where that is known: who does not want it is not concerned. Of an event that
   * this code does not know nobody can say so, and it concerns all.
   */
  readonly comesTo?: string;
}

/** Opens what is wanted of a batch; an event that does not open ends it. @throws what is not the event's fault. */
export async function openBatch(
  opener: EventOpener,
  { organisation, after, stored }: { organisation: string; after: bigint; stored: readonly StoredEvent[] },
  wanted: ReadonlySet<string>,
): Promise<OpenedBatch> {
  const positions = stored.map(({ position }) => position);
  try {
    const events = await opener.open(organisation, stored, wanted);
    return { organisation, after, through: positions.at(-1) ?? after, positions, events };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  const events: AnyOpened[] = [];
  for (const [index, event] of stored.entries()) {
    try {
      events.push(...(await opener.open(organisation, [event], wanted)));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const passed = positions.slice(0, index);
      const at = { code: error.code, event: error.event, position: event.position };
      const only = error instanceof TamperedEventError ? typeOf(event, opener) : {};
      const refused = { ...only, ...versionOf(error), ...at };
      return { organisation, after, through: passed.at(-1) ?? after, positions: passed, events, refused };
    }
  }
  return { organisation, after, through: positions.at(-1) ?? after, positions, events };
}

/** The present type of an event whose header can still be read; an earlier version may come to several. */
function typeOf(event: StoredEvent, opener: Pick<EventOpener, 'isPresent'>): { comesTo?: string } {
  try {
    const { type, schema } = readHeader(event.header);
    return opener.isPresent(type, schema) ? { comesTo: type } : {};
  } catch (error) {
    if (error instanceof FormatError) return {};
    throw error;
  }
}

/** The first or last events of a batch, up to and including or after a position. */
export function partOf(batch: OpenedBatch, part: { through: bigint } | { after: bigint }): OpenedBatch {
  if ('through' in part) {
    const { through } = part;
    const upTo = ({ position }: { position: bigint }) => position <= through;
    const positions = batch.positions.filter((position) => position <= through);
    return {
      organisation: batch.organisation,
      after: batch.after,
      through,
      positions,
      events: batch.events.filter(upTo),
    };
  }
  const { after } = part;
  const positions = batch.positions.filter((position) => position > after);
  return { ...batch, after, positions, events: batch.events.filter(({ position }) => position > after) };
}

/** Position of the last event before one of the batch. */
export function before(batch: OpenedBatch, position: bigint): bigint {
  const index = batch.positions.indexOf(position);
  return index > 0 ? (batch.positions[index - 1] as bigint) : batch.after;
}
