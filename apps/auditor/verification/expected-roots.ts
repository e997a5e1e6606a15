import { openCheckpoint, parseCheckpoint, parseNote } from '@ardoise/ledger';
import type { CheckName, Checks } from './checks';
import { ContentError } from './content';
import type { Description, TreeAnnounced } from './description';
import type { Reopening } from './incarnations';
import type { Places } from './places';
import { refusalOf } from './refusal';
import { keysOf, type Trust } from './trust';

/** What a root must be, and the check that says so. */
export interface ExpectedRoot {
  readonly size: number;
  readonly root: Buffer;
  readonly check: CheckName;
  readonly code: string;
  readonly what: string;
}

type KnownHead = Pick<ExpectedRoot, 'size' | 'root'>;

export interface ExpectedParts {
  readonly description: Description;
  readonly trust: Trust;
  readonly reopenings: ReadonlyMap<number, Reopening>;
  readonly checks: Checks;
}

/** Roots that older checkpoints and reopenings ask for, by incarnation, the smallest tree first. */
export class ExpectedRoots {
  private readonly roots = new Map<number, ExpectedRoot[]>();

  constructor(private readonly parts: ExpectedParts) {}

  of(incarnation: number): readonly ExpectedRoot[] {
    return [...(this.roots.get(incarnation) ?? [])].sort((a, b) => a.size - b.size);
  }

  /** A checkpoint that somebody kept, named for whoever reads of it. */
  addOlder(bytes: Buffer, name: string): void {
    const { checks } = this.parts;
    checks.count('older', 'older checkpoints');
    try {
      this.open(bytes, name);
    } catch (error) {
      const { code, detail } = refusalOf(error);
      checks.wrong('older', { code, detail: `${name}: ${detail}` });
    }
  }

  private open(bytes: Buffer, name: string): void {
    const { description, trust } = this.parts;
    const { origin } = parseCheckpoint(parseNote(bytes));
    const tree = description.trees.find((one) => one.origin === origin);
    if (!tree) throw new ContentError('origin-unknown', 'the checkpoint is of a tree that is not here');
    const { checkpoint } = openCheckpoint(bytes, keysOf(trust, origin));
    const { size, root } = checkpoint;
    if (size > tree.size) return this.larger(tree, checkpoint, name);
    this.add(tree.incarnation, { size, root, check: 'older', code: 'history-differs', what: name });
  }

  /** Only what an incarnation says was known of this very tree excuses that it is shorter now. */
  private larger({ incarnation, origin, size: now }: TreeAnnounced, { size, root }: KnownHead, name: string): void {
    const known = [...this.parts.reopenings.values()]
      .filter((one) => one.incarnation > incarnation && one.known.origin === origin)
      .find((one) => one.known.size >= size)?.known;
    if (!known) throw new ContentError('history-shorter', `it has ${size} leaves, and the tree has only ${now} here`);
    if (known.size === size && !known.root.equals(root)) {
      const detail = `of ${size} leaves of incarnation ${incarnation} another root is on record as the one that was known`;
      throw new ContentError('history-differs', detail);
    }
    const lost = `${name}: leaves ${now} to ${size - 1} of incarnation ${incarnation} are gone, as its successor says`;
    this.parts.checks.remark('older', lost);
  }

  /** What the log had of each tree when the next one began. */
  addReopenings(places: Places): void {
    for (const { incarnation, found } of this.parts.reopenings.values()) {
      const { size } = this.parts.description.trees[incarnation - 2] as { size: number };
      if (found.size <= size) {
        const what = `what incarnation ${incarnation} says that it found`;
        this.add(incarnation - 1, { ...found, check: 'incarnations', code: 'found-differs', what });
        continue;
      }
      places.allowGap(incarnation, found.size - size);
      const why = `${found.size - size} events before incarnation ${incarnation}: they stand in no tree`;
      this.parts.checks.unchecked('incarnations', why);
    }
  }

  private add(incarnation: number, root: ExpectedRoot): void {
    this.roots.set(incarnation, [...(this.roots.get(incarnation) ?? []), root]);
  }
}
