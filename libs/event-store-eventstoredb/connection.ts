import { EventStoreDBClient } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Duplex, Readable } from 'node:stream';
import { endsConnection, gaveUp } from './errors';
import { inTime } from './patience';

export type ReadCall = ReturnType<StreamsClient['read']>;
export type AppendCall = ReturnType<StreamsClient['batchAppend']>;

type CallArguments = Parameters<StreamsClient['batchAppend']>;

interface Channel {
  getTarget(): string;
  close(): void;
}

/** What the client keeps for its own commands: the way to its calls, on the channel that it finds and finds again. */
interface Inside {
  GRPCStreamCreator<T extends Readable | Duplex>(
    type: typeof StreamsClient,
    name: string,
    create: (client: StreamsClient) => T,
    cache?: WeakMap<object, T | Promise<T>>,
  ): () => Promise<T>;
  callArguments(options: { requiresLeader: boolean }, call: { deadline: number }): CallArguments;
  getChannel(): Promise<Channel>;
}

/** Longest time, in milliseconds, for finding the leader: the client would go through nodes that do not answer for minutes. */
const findingPatience = 10_000;

/**
 * The client's connection, by calls of our own. Discovery, TLS, credentials, the way to the leader and to the next one are
 * the client's. Its commands are not used: its reading of `$all` has no filter, its reading takes metadata for JSON, and its
 * appends share one table of answers among all clients of a process, which an answer that comes after another's failure
 * breaks.
 */
export class Connection {
  private readonly client: EventStoreDBClient;
  private readonly inside: Inside;
  private readonly appendCalls = new WeakMap<object, AppendCall | Promise<AppendCall>>();
  private readonly channels = new WeakSet<Channel>();
  private readonly following = new Map<ReadCall, Channel>();
  /** The channel by which the last answer came. */
  private answering: Channel | undefined;
  private isUsed = false;
  private opened = 0;

  /** @throws Error for a connection string that cannot be read */
  constructor(connectionString: string) {
    this.client = EventStoreDBClient.connectionString(connectionString);
    this.inside = this.client as unknown as Inside;
  }

  /** How many times another connection had to be made after the first. */
  get reconnects(): number {
    return Math.max(0, this.opened - 1);
  }

  /**
   * Host and port of the node that answers, which is the leader: others refuse what is asked of them. Undefined before the
   * first answer, and from a failure to the next answer.
   */
  get leader(): string | undefined {
    return this.answering?.getTarget().replace(/^[a-z]+:/, '');
  }

  /** A call that answers with what is read. It must be cancelled when it is left before its end. */
  async read(request: ReadReq, milliseconds = Infinity): Promise<ReadCall> {
    const { call } = await this.call('read', milliseconds, (client, args) => client.read(request, ...args));
    call.on('error', () => undefined);
    return call;
  }

  /**
   * A reading without an end. It fails when another node is spoken to: one that was cut off from the others and is no leader
   * any more would keep it open, and have nothing new to tell.
   */
  async follow(request: ReadReq): Promise<ReadCall> {
    const { call, channel } = await this.call('read', Infinity, (client, args) => client.read(request, ...args));
    call.on('error', () => undefined);
    this.following.set(call, channel);
    call.once('close', () => this.following.delete(call));
    return call;
  }

  /** The one call by which everything is appended; another one when that has ended. */
  async appending(opened: (call: AppendCall) => void): Promise<AppendCall> {
    const create = (client: StreamsClient, args: CallArguments): AppendCall => {
      const call = client.batchAppend(...args);
      opened(call);
      return call;
    };
    return (await this.call('append', Infinity, create, this.appendCalls)).call;
  }

  async close(): Promise<void> {
    if (!this.isUsed) return;
    await this.client.dispose();
    const channel = this.inside.getChannel().then(
      (open) => open.close(),
      () => undefined,
    );
    await inTime(channel, findingPatience, 'no channel').catch(() => undefined);
  }

  private async call<T extends ReadCall | AppendCall>(
    name: string,
    milliseconds: number,
    create: (client: StreamsClient, args: CallArguments) => T,
    cache?: WeakMap<object, T | Promise<T>>,
  ): Promise<{ call: T; channel: Channel }> {
    this.isUsed = true;
    const deadline = milliseconds === Infinity ? Infinity : Date.now() + milliseconds;
    const args = this.inside.callArguments({ requiresLeader: true }, { deadline });
    const made = this.inside.GRPCStreamCreator<T>(StreamsClient, name, (client) => create(client, args), cache);
    const call = await inTime(made(), findingPatience, 'no leader was found in time');
    const channel = await this.inside.getChannel();
    this.spokenTo(channel);
    call.once('metadata', () => (this.answering = channel));
    call.once('error', (error) => {
      if (this.answering === channel && endsConnection(error)) this.answering = undefined;
    });
    return { call, channel };
  }

  private spokenTo(channel: Channel): void {
    if (this.channels.has(channel)) return;
    this.channels.add(channel);
    this.opened++;
    for (const [call, other] of this.following) {
      if (other !== channel) abandon(call, 'another node is spoken to');
    }
  }
}

/** Ends a call as if its node had gone away; the client then looks for another one. */
export function abandon(call: ReadCall | AppendCall, why: string): void {
  call.destroy(gaveUp(why));
  call.cancel();
}
