import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const made = 'net.client.socket';

/**
 * The connections of this process to some ports, wherever a client learnt of them: the nodes of a cluster name each other,
 * so that nothing can stand between.
 */
export class Sockets {
  private readonly sockets = new Set<Socket>();
  private readonly ports: ReadonlySet<number>;

  /** @param connectionString names the ports by its nodes */
  constructor(connectionString: string) {
    this.ports = new Set([...connectionString.matchAll(/:(\d+)(?=[,/?]|$)/g)].map(([, port]) => Number(port)));
    subscribe(made, this.join);
  }

  cut(): void {
    for (const socket of this.sockets) if (this.ports.has(socket.remotePort ?? 0)) socket.resetAndDestroy();
  }

  /** Watches no longer; what is open stays open. */
  release(): void {
    unsubscribe(made, this.join);
  }

  private readonly join = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  };
}
