import {
  checkpointPath,
  checkpointsPath,
  lineLimits,
  limits,
  linesOf,
  parseCheckpointLine,
  type BundledCheckpoint,
  type LedgerFiles,
} from '@ardoise/bundle';
import { openCheckpoint, type VerifierKey } from '@ardoise/ledger';
import type { Checks } from './checks';
import { Witnessed } from './cosignatures';
import type { TreeAnnounced } from './description';
import { ContentError } from './content';
import { refusalOf } from './refusal';
import type { Timestamps } from './timestamps';
import { keysOf, type Trust } from './trust';

/** What a tree's root must be at a size. */
export interface KnownRoot {
  readonly size: number;
  readonly root: Buffer;
}

/** A tree's checkpoints, in their order, each verified when it is asked for; bounded memory for however many. */
export class CheckpointFeed {
  private readonly keys: readonly VerifierKey[];
  private readonly lines: AsyncGenerator<Buffer>;
  private readonly witnessed: Witnessed;
  private ahead: KnownRoot | undefined;
  /** The last one that was given. */
  private given: KnownRoot | undefined;
  private size = -1;
  private text = '';
  private ended = false;

  constructor(
    private readonly files: LedgerFiles,
    private readonly tree: TreeAnnounced,
    trust: Trust,
    private readonly timestamps: Timestamps,
    private readonly checks: Checks,
    private readonly served = false,
    /** What the next incarnation says that it found of this tree: leaves that nobody had signed yet are bound by that. */
    private readonly found?: KnownRoot,
  ) {
    this.keys = keysOf(trust, tree.origin);
    const path = checkpointsPath(tree.incarnation);
    this.lines = linesOf(files.stream(path), lineLimits.checkpoints, path);
    this.witnessed = new Witnessed(tree, trust, checks);
  }

  /** Leaves out what was verified before: all up to a size. */
  async skipThrough(size: number): Promise<void> {
    while (!this.ended && this.size < size) {
      const line = await this.nextLine();
      if (!line) return;
      if (line.size > size) {
        // It was looked at when work stopped, and counted.
        this.ahead = await this.verified(line, false);
        return;
      }
      this.size = line.size;
      const opened = this.opened(line);
      if (!opened) continue;
      this.given = opened.checkpoint;
      this.text = opened.note.text;
      this.witnessed.meet(opened.note, line.size, false);
    }
  }

  /** Those that were not given yet, of at most that size. */
  async through(size: number): Promise<KnownRoot[]> {
    const roots: KnownRoot[] = [];
    for (;;) {
      if (!this.ahead) this.ahead = await this.next();
      if (!this.ahead || this.ahead.size > size) return roots;
      roots.push((this.given = this.ahead));
      this.ahead = undefined;
    }
  }

  /** What is left is verified too; the newest must be the one that is published, and what ledger.json announces. */
  async finish(): Promise<void> {
    // A ledger that is served has grown meanwhile.
    if (this.ahead && !this.served) this.beyond();
    this.ahead = undefined;
    if (!this.served) while (await this.next()) this.beyond();
    await this.lines.return(undefined);
    if (this.served) return this.announced();
    const path = checkpointPath(this.tree.incarnation);
    const bytes = await this.files.read(path, limits.checkpoint);
    if (bytes) this.newest(bytes);
    else if (!this.isFound || this.given) this.wrong({ code: 'file-missing', detail: `there is no ${path}` });
    this.witnessed.finish(this.signedSize);
  }

  /** Whether the next incarnation says of this tree what ledger.json does; its root is compared where the tree is. */
  private get isFound(): boolean {
    return this.found?.size === this.tree.size && this.found.root.equals(this.tree.root);
  }

  /** How far there are checkpoints to be cosigned. */
  private get signedSize(): number {
    return this.isFound ? (this.given?.size ?? 0) : this.tree.size;
  }

  /** Of a ledger that is served, what was announced is one of its checkpoints: the newest may be newer. */
  private announced(): void {
    const { size, root } = this.tree;
    const isSigned = this.given?.size === size && this.given.root.equals(root);
    if (!isSigned && !this.isFound) {
      this.wrong({
        code: 'announced-differs',
        detail: `no checkpoint says what ledger.json announces, a tree of ${size} leaves`,
      });
    }
    this.witnessed.finish(this.signedSize);
  }

  private newest(bytes: Buffer): void {
    const { incarnation, size, root } = this.tree;
    try {
      const { checkpoint, note } = openCheckpoint(bytes, this.keys);
      this.checks.count('checkpoints', 'newest');
      this.witnessed.meet(note, checkpoint.size, true);
      if (checkpoint.origin !== this.tree.origin)
        throw new ContentError('origin-differs', 'the newest checkpoint is of another tree');
      const isBefore = this.isFound && checkpoint.size < size;
      if (!isBefore && (checkpoint.size !== size || !checkpoint.root.equals(root))) {
        throw new ContentError(
          'announced-differs',
          `incarnation ${incarnation}: ledger.json announces another tree than the newest checkpoint`,
        );
      }
      if (!this.ended || this.text === note.text) return;
      throw new ContentError(
        'newest-differs',
        `incarnation ${incarnation}: the last of all checkpoints is another than the newest`,
      );
    } catch (error) {
      this.caught(error);
    }
  }

  private beyond(): void {
    const { size } = this.tree;
    this.wrong({
      code: 'checkpoint-beyond',
      detail: `a checkpoint is of a larger tree than the newest one, of ${size} leaves`,
    });
  }

  private async next(): Promise<KnownRoot | undefined> {
    for (;;) {
      const line = await this.nextLine();
      if (!line) return undefined;
      const known = await this.verified(line);
      if (known) return known;
    }
  }

  /** Nothing at the end, and where the file cannot be read on. */
  private async nextLine(): Promise<BundledCheckpoint | undefined> {
    if (this.ended) return undefined;
    try {
      const line: IteratorResult<Buffer, void> = await this.lines.next();
      if (!line.done) return parseCheckpointLine(line.value);
      this.ended = true;
    } catch (error) {
      this.ended = true;
      this.text = '';
      this.caught(error);
    }
    return undefined;
  }

  /** Nothing for one that is wrong; the next may be right. */
  private async verified(line: BundledCheckpoint, counts = true): Promise<KnownRoot | undefined> {
    this.checks.count('checkpoints', 'checkpoints', counts ? 1 : 0);
    const opened = this.opened(line);
    if (!opened) return undefined;
    const { checkpoint, note } = opened;
    if (checkpoint.size <= this.size) {
      const [code, before] = ['size-goes-back', this.size];
      this.wrong({
        code,
        detail: `a checkpoint of ${checkpoint.size} leaves follows one of ${before}`,
        expected: `more than ${before}`,
      });
      return undefined;
    }
    this.size = checkpoint.size;
    this.text = note.text;
    this.witnessed.meet(note, checkpoint.size, counts);
    if (line.timestamp !== undefined && counts)
      await this.timestamps.check(this.tree.incarnation, checkpoint.size, note.text, line.timestamp);
    return checkpoint;
  }

  private opened(line: BundledCheckpoint): ReturnType<typeof openCheckpoint> | undefined {
    try {
      const opened = openCheckpoint(line.note, this.keys);
      const { origin, size } = opened.checkpoint;
      if (origin !== this.tree.origin) throw new ContentError('origin-differs', 'a checkpoint is of another tree');
      if (size === line.size) return opened;
      throw new ContentError('size-differs', `a checkpoint of ${size} leaves stands in a line of ${line.size}`);
    } catch (error) {
      this.caught(error, line.size);
      return undefined;
    }
  }

  private caught(error: unknown, size?: number): void {
    const { code, detail } = refusalOf(error);
    this.wrong({ code, detail: size === undefined ? detail : `checkpoint of ${size} leaves: ${detail}` });
  }

  private wrong(wrong: { code: string; detail: string; expected?: string }): void {
    this.checks.wrong('checkpoints', { ...wrong, incarnation: this.tree.incarnation });
  }
}
