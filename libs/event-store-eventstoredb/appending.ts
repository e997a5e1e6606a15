import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError';
import { Empty, StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import { abandon, type AppendCall, type Connection } from './connection';

export interface ProposedEvent {
  /** A UUID, under which the engine knows the same event when it is sent twice. */
  readonly id: string;
  readonly type: string;
  readonly data: Uint8Array;
}

export interface Proposal {
  readonly stream: string;
  /** Number of events that the stream must have, exactly; undefined for any. */
  readonly expectedVersion: number | undefined;
  readonly events: readonly ProposedEvent[];
}

export interface Accepted {
  /** Number of events of the stream. */
  readonly version: number;
  /** Commit position of the last event. */
  readonly commit: bigint;
}

interface Waiting {
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Most bytes of events in one message, unless one event is larger. */
const messageLimit = 3 * 1024 * 1024;
/** The engine answers within its own time-outs of some seconds; after this, in milliseconds, the connection is given up. */
const patience = 10_000;

/**
 * Appends over one call, each as soon as it comes, each with its own answer. When the call ends, all that were not answered
 * fail: each of them may have happened.
 */
export class Appending {
  private readonly waiting = new Map<AppendCall, Map<string, Waiting>>();
  private current: AppendCall | undefined;
  private next = 0;

  constructor(private readonly connection: Connection) {}

  /**
   * `mayBeSent` is asked when nothing stands between it and the sending, and may throw.
   * @throws what the client's errors are, WrongExpectedVersionError among them
   */
  async append(proposal: Proposal, mayBeSent: () => void = () => undefined): Promise<Accepted> {
    const call = this.current ?? (await this.connection.appending((made) => this.attend(made)));
    mayBeSent();
    const answers = this.waiting.get(call);
    if (!answers) throw new Error('the connection ended');
    const correlation = correlationOf(this.next++);
    return new Promise<Accepted>((resolve, reject) => {
      const timer = setTimeout(() => abandon(call, 'no answer in time'), patience);
      answers.set(correlation, { resolve, reject, timer });
      for (const message of messagesOf(proposal, correlation)) call.write(message);
    });
  }

  private attend(call: AppendCall): void {
    const answers = new Map<string, Waiting>();
    this.waiting.set(call, answers);
    this.current = call;
    const fail = (error: unknown): void => {
      this.waiting.delete(call);
      if (this.current === call) this.current = undefined;
      for (const { reject, timer } of answers.values()) {
        clearTimeout(timer);
        reject(error);
      }
      answers.clear();
    };
    call.on('data', (answer: BatchAppendResp) => {
      const correlation = answer.getCorrelationId()?.getString() ?? '';
      const waiting = answers.get(correlation);
      if (!waiting) return;
      answers.delete(correlation);
      clearTimeout(waiting.timer);
      settle(answer, waiting);
      if (isNotHandled(answer)) abandon(call, 'the node does not lead');
    });
    call.on('error', fail);
    call.on('end', () => fail(new Error('the connection ended')));
    call.on('close', () => fail(new Error('the connection ended')));
  }
}

function settle(answer: BatchAppendResp, { resolve, reject }: Waiting): void {
  const error = answer.getError();
  const success = answer.getSuccess();
  if (error) {
    const stream = Buffer.from(answer.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
    return reject(unpackToCommandError(error, stream));
  }
  const commit = success?.getPosition()?.getCommitPosition();
  if (!success || commit === undefined) return reject(new Error('an answer without a position'));
  resolve({ version: Number(success.getCurrentRevision()) + 1, commit: BigInt(commit) });
}

/** A node that is starting, busy or without a leader does not end the call: it answers so, for as long as it is. */
function isNotHandled(answer: BatchAppendResp): boolean {
  return answer.getError()?.getDetails()?.getTypeName() === 'google.protobuf.Empty';
}

function* messagesOf({ stream, expectedVersion, events }: Proposal, correlation: string): Generator<BatchAppendReq> {
  const begin = (): BatchAppendReq => new BatchAppendReq().setCorrelationId(new UUID().setString(correlation));
  let message = begin().setOptions(optionsOf(stream, expectedVersion));
  let bytes = 0;
  for (const { id, type, data } of events) {
    if (bytes > 0 && bytes + data.length > messageLimit) {
      yield message.setIsFinal(false);
      message = begin();
      bytes = 0;
    }
    const proposed = new BatchAppendReq.ProposedMessage().setId(new UUID().setString(id)).setData(data);
    proposed.getMetadataMap().set('type', type).set('content-type', 'application/octet-stream');
    message.addProposedMessages(proposed);
    bytes += data.length;
  }
  yield message.setIsFinal(true);
}

function optionsOf(stream: string, expectedVersion: number | undefined): BatchAppendReq.Options {
  const options = new BatchAppendReq.Options().setStreamIdentifier(streamIdentifier(stream));
  if (expectedVersion === undefined) return options.setAny(new Empty());
  if (expectedVersion === 0) return options.setNoStream(new Empty());
  return options.setStreamPosition(String(expectedVersion - 1));
}

export function streamIdentifier(stream: string): StreamIdentifier {
  return new StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'));
}

/** A number as a UUID: answers are told apart within one call only. */
function correlationOf(count: number): string {
  return `00000000-0000-8000-8000-${count.toString(16).padStart(12, '0')}`;
}
