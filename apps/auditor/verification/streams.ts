import type { HeaderScan } from '@ardoise/format';
import type { Checks } from './checks';
import { Partitions } from './partitions';
import type { Places } from './places';

const stream = 24;

interface Stream {
  /** The version that the next event must have. */
  next: number;
  recordedAt: number;
  ordinal: number;
}

/** Versions 0, 1, 2 … in each stream, and times that do not go back. */
export class Streams {
  constructor(
    private readonly partitions: Partitions,
    private readonly checks: Checks,
    private readonly places: Places,
  ) {}

  add(scan: HeaderScan, ordinal: number): void {
    const { bytes, streamFrom, streamTo, version, recordedAt } = scan;
    this.partitions.add(bytes, streamFrom, streamTo, stream + streamTo - streamFrom, (buffer, at) => {
      buffer.writeDoubleLE(version, at);
      buffer.writeDoubleLE(recordedAt, at + 8);
      buffer.writeDoubleLE(ordinal, at + 16);
      bytes.copy(buffer, at + stream, streamFrom, streamTo);
    });
  }

  /** Checks all that was added; calls back between files, and stops where that throws. */
  async check(between: (done: number, of: number) => Promise<void>): Promise<void> {
    const count = this.checks.counter('streams', 'streams');
    for (let index = 0; index < this.partitions.count; index++) {
      await between(index, this.partitions.count);
      const streams = new Map<string, Stream>();
      for (const record of this.partitions.read(index)) await this.meet(record, streams);
      count.value += streams.size;
    }
  }

  private meet(record: Buffer, streams: Map<string, Stream>): Promise<void> | undefined {
    const version = record.readDoubleLE(0);
    const recordedAt = record.readDoubleLE(8);
    const ordinal = record.readDoubleLE(16);
    const id = record.toString('latin1', stream);
    const known = streams.get(id);
    if (known === undefined) {
      streams.set(id, { next: version + 1, recordedAt, ordinal });
      const mayBegin = version === 0 || this.places.beginsLate;
      return mayBegin ? undefined : this.jumps(version, 0, -1, ordinal);
    }
    const { next, recordedAt: before, ordinal: last } = known;
    known.ordinal = ordinal;
    known.recordedAt = recordedAt;
    if (version >= next) known.next = version + 1;
    if (version !== next) return this.jumps(version, next, last, ordinal);
    if (recordedAt >= before) return undefined;
    return this.wrong('recorded-earlier', 'is recorded earlier than the event before it in its stream', ordinal);
  }

  private async jumps(version: number, expected: number, last: number, ordinal: number): Promise<void> {
    if (version > expected && this.places.excuse(last, ordinal, version - expected)) return;
    const due = `version ${expected}`;
    if (version < expected) await this.wrong('version-twice', `has version ${version} once more`, ordinal, due);
    else await this.wrong('version-missing', `has version ${version}, and ${expected} is missing`, ordinal, due);
  }

  private async wrong(code: string, detail: string, ordinal: number, expected?: string): Promise<void> {
    const place = await this.places.describe(ordinal);
    const about = expected === undefined ? place : { ...place, expected };
    this.checks.wrong('streams', { code, detail: `the event ${detail}`, ...about });
  }
}
