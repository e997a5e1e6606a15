/**
 * Which commands stand in the beginning of a stream, by the first 32 bits of each command's HMAC. It never says no to one
 * that stands there; it says yes to another once in four thousand million for each, and then the stream is read in full.
 */
export class CommandMarks {
  static readonly none = new CommandMarks(new Uint32Array());

  private constructor(private readonly sorted: Uint32Array) {}

  /** As {@link bytes} gave them. */
  static read(bytes: Buffer): CommandMarks {
    return new CommandMarks(Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4)));
  }

  /** The same, and further commands: hexadecimal. */
  and(commands: Iterable<string>): CommandMarks {
    return new CommandMarks(Uint32Array.from(new Set([...this.sorted, ...[...commands].map(markOf)])).sort());
  }

  /** Whether the command may stand there; false is certain. */
  mayHold(command: string): boolean {
    const mark = markOf(command);
    let [from, to] = [0, this.sorted.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.sorted[middle] as number) < mark) from = middle + 1;
      else to = middle;
    }
    return this.sorted[from] === mark;
  }

  bytes(): Buffer {
    const bytes = Buffer.allocUnsafe(this.sorted.length * 4);
    this.sorted.forEach((mark, i) => bytes.writeUInt32BE(mark, i * 4));
    return bytes;
  }
}

function markOf(command: string): number {
  return Number.parseInt(command.slice(0, 8), 16);
}
