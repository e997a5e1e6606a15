/** So many are added before they are sorted in: what was folded event by event is not sorted anew at each. */
const mostUnsorted = 256;

/**
 * Which commands stand in the beginning of a stream, by the first 32 bits of each command's HMAC. It never says no to one
 * that stands there; it says yes to another once in four thousand million for each, and then the stream is read in full.
 */
export class CommandMarks {
  static readonly none = new CommandMarks(new Uint32Array(), new Set());

  private constructor(
    private readonly sorted: Uint32Array,
    private readonly added: ReadonlySet<number>,
  ) {}

  /** As {@link bytes} gave them. */
  static read(bytes: Buffer): CommandMarks {
    const sorted = Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4));
    return new CommandMarks(sorted, new Set());
  }

  /** The same, and further commands: hexadecimal. */
  and(commands: Iterable<string>): CommandMarks {
    const added = new Set(this.added);
    for (const command of commands) added.add(markOf(command));
    const marks = new CommandMarks(this.sorted, added);
    return added.size <= mostUnsorted ? marks : new CommandMarks(marks.all(), new Set());
  }

  /** Whether the command may stand there; false is certain. */
  mayHold(command: string): boolean {
    const mark = markOf(command);
    if (this.added.has(mark)) return true;
    let [from, to] = [0, this.sorted.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.sorted[middle] as number) < mark) from = middle + 1;
      else to = middle;
    }
    return this.sorted[from] === mark;
  }

  bytes(): Buffer {
    const all = this.all();
    const bytes = Buffer.allocUnsafe(all.length * 4);
    all.forEach((mark, i) => bytes.writeUInt32BE(mark, i * 4));
    return bytes;
  }

  private all(): Uint32Array {
    return this.added.size === 0 ? this.sorted : Uint32Array.from(new Set([...this.sorted, ...this.added])).sort();
  }
}

function markOf(command: string): number {
  return Number.parseInt(command.slice(0, 8), 16);
}
