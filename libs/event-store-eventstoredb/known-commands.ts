import type { NewEvent } from '@ardoise/event-store';

interface Known {
  /** Up to which version of the stream its commands are here: all of those before it. */
  version: number;
  readonly commands: Set<string>;
}

/**
 * The commands of streams that were read or written lately. What is known of a stream's beginning stays true, whoever
 * appends: so a command that is to be appended at the version known is looked for here, and nothing is read for it.
 */
export class KnownCommands {
  private readonly streams = new Map<string, Known>();
  private size = 0;

  /** At most so many commands are kept; the streams that were not asked for longest go first. */
  constructor(private readonly limit = 200_000) {}

  /** Up to which version the commands of a stream are known; 0 when nothing is. */
  version(name: string): number {
    return this.streams.get(name)?.version ?? 0;
  }

  /** Whether one of the events' commands is among those known. */
  hasAny(name: string, events: readonly NewEvent[]): boolean {
    const known = this.streams.get(name);
    return known !== undefined && events.some(({ command }) => known.commands.has(keyOf(command)));
  }

  /** Takes in events of a stream from a version on; those that leave a gap to what is known are let go. */
  learn(name: string, fromVersion: number, commands: readonly Buffer[]): void {
    const known = this.streams.get(name) ?? { version: 0, commands: new Set<string>() };
    if (fromVersion > known.version || fromVersion + commands.length < known.version) return;
    const before = known.commands.size;
    for (const command of commands.slice(known.version - fromVersion)) known.commands.add(keyOf(command));
    known.version = fromVersion + commands.length;
    // Set anew: the last one asked for is the last one to go.
    this.streams.delete(name);
    this.streams.set(name, known);
    this.size += known.commands.size - before;
    this.shrink();
  }

  private shrink(): void {
    for (const [name, { commands }] of this.streams) {
      if (this.size <= this.limit || this.streams.size === 1) return;
      this.streams.delete(name);
      this.size -= commands.size;
    }
  }
}

function keyOf(command: Buffer): string {
  return command.toString('latin1');
}
