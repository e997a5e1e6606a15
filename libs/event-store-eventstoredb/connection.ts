import { EventStoreDBClient } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Duplex, Readable } from 'node:stream';

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

  /** A call that answers with what is read. It must be cancelled when it is left before its end. */
  async read(request: ReadReq, milliseconds = Infinity): Promise<ReadCall> {
    const call = await this.call<ReadCall>('read', milliseconds, (client, args) => client.read(request, ...args));
    call.on('error', () => undefined);
    return call;
  }

  /** The one call by which everything is appended; another one when that has ended. */
  appending(opened: (call: AppendCall) => void): Promise<AppendCall> {
    const create = (client: StreamsClient, args: CallArguments): AppendCall => {
      const call = client.batchAppend(...args);
      opened(call);
      return call;
    };
    return this.call<AppendCall>('append', Infinity, create, this.appendCalls);
  }

  /** Host and port of the node that is spoken to, which is the leader; undefined while there is none. */
  async node(): Promise<string | undefined> {
    if (!this.isUsed) return undefined;
    return (await this.inside.getChannel()).getTarget().replace(/^[a-z]+:/, '');
  }

  async close(): Promise<void> {
    if (!this.isUsed) return;
    await this.client.dispose();
    await this.inside.getChannel().then(
      (channel) => channel.close(),
      () => undefined,
    );
  }

  private async call<T extends Readable | Duplex>(
    name: string,
    milliseconds: number,
    create: (client: StreamsClient, args: CallArguments) => T,
    cache?: WeakMap<object, T | Promise<T>>,
  ): Promise<T> {
    this.isUsed = true;
    const deadline = milliseconds === Infinity ? Infinity : Date.now() + milliseconds;
    const args = this.inside.callArguments({ requiresLeader: true }, { deadline });
    const made = this.inside.GRPCStreamCreator<T>(StreamsClient, name, (client) => create(client, args), cache);
    const call = await made();
    this.count(await this.inside.getChannel());
    return call;
  }

  private count(channel: Channel): void {
    if (this.channels.has(channel)) return;
    this.channels.add(channel);
    this.opened++;
  }
}
