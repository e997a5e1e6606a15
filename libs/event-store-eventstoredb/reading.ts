import { Empty, StreamIdentifier } from '@eventstore/db-client/generated/shared_pb';
import { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { streamIdentifier } from './appending';
import type { Connection, ReadCall } from './connection';

/** An event as the engine gives it. */
export interface Recorded {
  readonly stream: string;
  /** From 0 in its stream. */
  readonly revision: number;
  readonly commit: bigint;
  readonly type: string;
  readonly data: Uint8Array;
}

const { Options } = ReadReq;
/** How many events the engine looks at before it gives what it found: each round costs it some tenths of a millisecond. */
const searchWindow = 2_048;
/** Longest time, in milliseconds, in which the reading of one stream must have ended. */
const streamPatience = 10_000;

/** Where a reading of `$all` begins; `after` a commit position is without the event there. */
export type From = bigint | 'end';

export interface LogRequest {
  /** What the names of streams begin with; absent: all that there are. */
  readonly prefixes?: readonly string[];
  readonly from: From;
  readonly count: number;
  readonly backwards?: boolean;
}

/** Events of `$all`, from a commit position at which one begins, that one included. */
export async function* readAll(connection: Pick<Connection, 'read'>, request: LogRequest): AsyncGenerator<Recorded> {
  const options = allOptions(request.from, request.prefixes).setCount(String(request.count));
  if (request.backwards) options.setReadDirection(Options.ReadDirection.BACKWARDS);
  const call = await connection.read(new ReadReq().setOptions(options));
  for await (const response of responses(call)) {
    const recorded = recordedOf(response);
    if (recorded) yield recorded;
  }
}

export interface StreamReading {
  readonly events: Recorded[];
  /** Whether the engine knows the stream. */
  readonly isThere: boolean;
}

/** A stream's events from a revision on. */
export async function readStream(
  connection: Connection,
  stream: string,
  options: { readonly from?: number; readonly backwards?: boolean; readonly count?: number } = {},
): Promise<StreamReading> {
  const { from = 0, backwards = false, count = Number.MAX_SAFE_INTEGER } = options;
  const place = new Options.StreamOptions().setStreamIdentifier(streamIdentifier(stream));
  if (backwards) place.setEnd(new Empty());
  else place.setRevision(String(from));
  const read = new Options()
    .setStream(place)
    .setNoFilter(new Empty())
    .setUuidOption(new Options.UUIDOption().setString(new Empty()))
    .setReadDirection(backwards ? Options.ReadDirection.BACKWARDS : Options.ReadDirection.FORWARDS)
    .setCount(String(count));
  const call = await connection.read(new ReadReq().setOptions(read), streamPatience);
  const events: Recorded[] = [];
  for await (const response of responses(call)) {
    if (response.hasStreamNotFound()) return { events, isThere: false };
    const recorded = recordedOf(response);
    if (recorded) events.push(recorded);
  }
  return { events, isThere: true };
}

/** A subscription to what comes after a commit position, with a checkpoint for every so many events that were passed. */
export function subscribeToAll(connection: Connection, prefixes: readonly string[], after: bigint): Promise<ReadCall> {
  const options = allOptions(after, prefixes).setSubscription(new Options.SubscriptionOptions());
  return connection.follow(new ReadReq().setOptions(options));
}

function allOptions(from: From, prefixes?: readonly string[]): ReadReq.Options {
  const all = new Options.AllOptions();
  if (from === 'end') all.setEnd(new Empty());
  else if (from === 0n) all.setStart(new Empty());
  else all.setPosition(new Options.Position().setCommitPosition(String(from)).setPreparePosition(String(from)));
  const options = new Options()
    .setAll(all)
    .setUuidOption(new Options.UUIDOption().setString(new Empty()))
    .setReadDirection(Options.ReadDirection.FORWARDS);
  return prefixes ? options.setFilter(filterOf(prefixes)) : options.setNoFilter(new Empty());
}

function filterOf(prefixes: readonly string[]): ReadReq.Options.FilterOptions {
  const expression = new Options.FilterOptions.Expression().setPrefixList([...prefixes]);
  return new Options.FilterOptions()
    .setStreamIdentifier(expression)
    .setMax(searchWindow)
    .setCheckpointintervalmultiplier(1);
}

/** Cancels the call when its reader leaves. */
async function* responses(call: ReadCall): AsyncGenerator<ReadResp> {
  try {
    for await (const response of call) yield response as ReadResp;
  } finally {
    call.cancel();
  }
}

/** The event in an answer, if it has one. */
export function recordedOf(response: ReadResp): Recorded | undefined {
  const event = response.getEvent()?.getEvent();
  if (!event) return undefined;
  return {
    stream: Buffer.from((event.getStreamIdentifier() as StreamIdentifier).getStreamName_asU8()).toString('utf8'),
    revision: Number(event.getStreamRevision()),
    commit: BigInt(event.getCommitPosition()),
    type: event.getMetadataMap().get('type') ?? '',
    data: event.getData_asU8(),
  };
}
