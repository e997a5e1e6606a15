import type { MovableLog, StoredEvent } from '@ardoise/event-store';
import { CompactRange, leafHash } from '@ardoise/ledger';
import { LogCopyError } from './errors';
import type { SignedTree } from './signed-tree';

const atOnce = 500;

export interface VerificationOptions {
  readonly organisation: string;
  readonly from: MovableLog;
  readonly to: MovableLog;
  readonly signed: (organisation: string) => Promise<readonly SignedTree[]>;
  /** Told how many events more were found equal. */
  readonly passed: (events: number) => void;
  /** @throws when it is to stop */
  readonly mayGoOn: () => void;
}

/**
 * Reads again what stands at the target, from its beginning on: compares it byte for byte with the source, and computes
 * the tree of its leaves, which must have the root that was signed.
 *
 * What comes before a checkpoint is known only when it is signed. So it stops behind the newest one, until the log is closed.
 */
export class Verification {
  /** Up to where the target is what the source is. */
  position = 0n;
  count = 0;
  private readonly ranges = new Map<string, CompactRange>();
  private readonly held = new Set<string>();

  constructor(private readonly options: VerificationOptions) {}

  /** Goes on as far as the target has events and the ledger has signed them. @throws LogCopyError */
  async goOn(): Promise<void> {
    const trees = await this.trees();
    const furthest = trees.reduce((last, { checkpoint }) => greater(last, checkpoint?.position ?? 0n), 0n);
    await this.through(furthest, trees);
  }

  /** Goes to the end; both logs are closed. @throws LogCopyError */
  async finish(): Promise<void> {
    const { organisation, from, to } = this.options;
    const trees = await this.trees();
    await this.through(undefined, trees);
    if ((await from.store.head(organisation)) !== this.position) {
      throw new LogCopyError('log-differs', `${organisation} goes on in ${from.engine} and ends in ${to.engine}`);
    }
    for (const { origin, checkpoint } of trees) {
      if (!checkpoint || this.held.has(nameOf(origin, checkpoint.size))) continue;
      throw new LogCopyError(
        'ledger-differs',
        `the copy in ${to.engine} has not the ${checkpoint.size} leaves of ${origin}`,
      );
    }
  }

  private async trees(): Promise<readonly SignedTree[]> {
    return this.options.signed(this.options.organisation);
  }

  private async through(end: bigint | undefined, trees: readonly SignedTree[]): Promise<void> {
    const { organisation, from, to, passed, mayGoOn } = this.options;
    while (end === undefined || this.position < end) {
      mayGoOn();
      // The target first: the source only grows, so that it has whatever the target has of it.
      const copied = await to.store.readLog(organisation, this.position, atOnce);
      const original = await from.store.readLog(organisation, this.position, copied.length);
      let count = 0;
      for (const [i, event] of copied.entries()) {
        if (end !== undefined && event.position > end) break;
        this.compare(event, original[i]);
        this.take(event, trees);
        count++;
      }
      passed(count);
      if (count < atOnce) return;
    }
  }

  private compare(copied: StoredEvent, original: StoredEvent | undefined): void {
    const { organisation, from, to } = this.options;
    const what = original && differenceOf(copied, original);
    if (original && what === undefined) return;
    const found = original ? `another ${what}` : 'an event more';
    throw new LogCopyError(
      'log-differs',
      `${to.engine} has ${found} than ${from.engine} at position ${copied.position} of ${organisation}: ` +
        `event ${copied.version} of ${copied.stream}`,
    );
  }

  private take({ header, position }: StoredEvent, trees: readonly SignedTree[]): void {
    this.position = position;
    this.count++;
    const tree = trees.findLast(({ after }) => after < position);
    if (!tree || (tree.through !== undefined && position > tree.through)) return;
    const { origin, checkpoint } = tree;
    const range = this.ranges.get(origin) ?? new CompactRange();
    this.ranges.set(origin, range);
    range.append(leafHash(header));
    if (checkpoint?.position !== position) return;
    if (range.size !== checkpoint.size || !range.root().equals(checkpoint.root)) {
      throw new LogCopyError(
        'ledger-differs',
        `the first ${range.size} leaves in ${this.options.to.engine} do not give the root that was signed of ${origin}`,
      );
    }
    this.held.add(nameOf(origin, checkpoint.size));
  }
}

/** What of an event is not the same; undefined where all is. */
export function differenceOf(a: StoredEvent, b: StoredEvent): string | undefined {
  if (a.position !== b.position) return 'position';
  if (a.stream !== b.stream || a.version !== b.version) return 'event';
  if (!a.header.equals(b.header)) return 'header';
  return a.sections.equals(b.sections) ? undefined : 'content';
}

const nameOf = (origin: string, size: number): string => `${origin} ${size}`;
const greater = (a: bigint, b: bigint): bigint => (a > b ? a : b);
