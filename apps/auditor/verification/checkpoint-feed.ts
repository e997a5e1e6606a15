import { checkpointPath, checkpointsPath, lineLimits, limits, BundleError, type LedgerFiles } from '@ardoise/bundle';
import { LedgerError, noteLimit, openCheckpoint, type VerifierKey } from '@ardoise/ledger';
import type { Checks } from './checks';
import { Witnessed } from './cosignatures';
import type { TreeAnnounced } from './description';
import { ContentError, member, onlyMembers, optionalMember, parseMembers, sizeForm, type Form } from './json';
import { linesOf } from './lines';
import type { Timestamps } from './timestamps';
import { keysOf, type Trust } from './trust';

/** What a tree's root must be at a size. */
export interface KnownRoot {
  readonly size: number;
  readonly root: Buffer;
}

const noteForm: Form<string> = {
  word: 'a note',
  is: (value): value is string => typeof value === 'string' && value.length <= noteLimit,
};
const tokenForm: Form<string> = {
  word: 'base64',
  is: (value): value is string =>
    typeof value === 'string' && value !== '' && Buffer.from(value, 'base64').toString('base64') === value,
};

interface Line {
  readonly size: number;
  readonly note: string;
  readonly timestamp?: string;
}

/** A tree's checkpoints, in their order, each verified when it is asked for; bounded memory for however many. */
export class CheckpointFeed {
  private readonly keys: readonly VerifierKey[];
  private readonly lines: AsyncGenerator<Buffer>;
  private readonly witnessed: Witnessed;
  private ahead: KnownRoot | undefined;
  private size = -1;
  private text = '';
  private ended = false;

  constructor(
    private readonly files: LedgerFiles,
    private readonly tree: TreeAnnounced,
    private readonly trust: Trust,
    private readonly timestamps: Timestamps,
    private readonly checks: Checks,
  ) {
    this.keys = keysOf(trust, tree.origin);
    this.lines = linesOf(files, checkpointsPath(tree.incarnation), lineLimits.checkpoints);
    this.witnessed = new Witnessed(tree, trust, checks);
  }

  /** Leaves out what was verified before: all up to a size. */
  async skipThrough(size: number): Promise<void> {
    while (!this.ended && this.size < size) {
      const line = await this.nextLine();
      if (!line) return;
      if (line.size > size) {
        this.ahead = await this.verified(line);
        return;
      }
      this.size = line.size;
      const { note } = this.opened(line) ?? {};
      if (note) this.witnessed.meet(note, line.size, false);
    }
  }

  /** Those that were not given yet, of at most that size. */
  async through(size: number): Promise<KnownRoot[]> {
    const roots: KnownRoot[] = [];
    for (;;) {
      if (!this.ahead) this.ahead = await this.next();
      if (!this.ahead || this.ahead.size > size) return roots;
      roots.push(this.ahead);
      this.ahead = undefined;
    }
  }

  /** What is left is verified too; the newest must be the one that is published, and what ledger.json announces. */
  async finish(): Promise<void> {
    if (this.ahead) this.beyond();
    this.ahead = undefined;
    while (await this.next()) this.beyond();
    await this.lines.return(undefined);
    const path = checkpointPath(this.tree.incarnation);
    const bytes = await this.files.read(path, limits.checkpoint);
    if (bytes) this.newest(bytes);
    else this.wrong({ code: 'file-missing', detail: `there is no ${path}` });
    this.witnessed.finish();
  }

  private newest(bytes: Buffer): void {
    const { incarnation, size, root } = this.tree;
    try {
      const { checkpoint, note } = openCheckpoint(bytes, this.keys);
      this.checks.count('checkpoints', 'newest');
      this.witnessed.meet(note, checkpoint.size, true);
      if (checkpoint.origin !== this.tree.origin) throw new ContentError('origin-differs', 'the newest checkpoint is of another tree');
      if (checkpoint.size !== size || !checkpoint.root.equals(root)) {
        throw new ContentError('announced-differs', `incarnation ${incarnation}: ledger.json announces another tree than the newest checkpoint`);
      }
      if (!this.ended || this.text === note.text) return;
      throw new ContentError('newest-differs', `incarnation ${incarnation}: the last of all checkpoints is another than the newest`);
    } catch (error) {
      this.caught(error);
    }
  }

  private beyond(): void {
    const { size } = this.tree;
    this.wrong({ code: 'checkpoint-beyond', detail: `a checkpoint is of a larger tree than the newest one, of ${size} leaves` });
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
  private async nextLine(): Promise<Line | undefined> {
    if (this.ended) return undefined;
    try {
      const { value, done } = await this.lines.next();
      if (!done) return lineOf(value);
      this.ended = true;
    } catch (error) {
      this.ended = true;
      this.text = '';
      this.caught(error);
    }
    return undefined;
  }

  /** Nothing for one that is wrong; the next may be right. */
  private async verified(line: Line): Promise<KnownRoot | undefined> {
    this.checks.count('checkpoints', 'checkpoints');
    const opened = this.opened(line);
    if (!opened) return undefined;
    const { checkpoint, note } = opened;
    if (checkpoint.size <= this.size) {
      const [code, before] = ['size-goes-back', this.size];
      this.wrong({ code, detail: `a checkpoint of ${checkpoint.size} leaves follows one of ${before}`, expected: `more than ${before}` });
      return undefined;
    }
    this.size = checkpoint.size;
    this.text = note.text;
    this.witnessed.meet(note, checkpoint.size, true);
    if (line.timestamp !== undefined) await this.timestamps.check(this.tree.incarnation, checkpoint.size, note.text, line.timestamp);
    return checkpoint;
  }

  private opened(line: Line): ReturnType<typeof openCheckpoint> | undefined {
    try {
      const opened = openCheckpoint(Buffer.from(line.note, 'utf8'), this.keys);
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
    if (!(error instanceof LedgerError || error instanceof ContentError || error instanceof BundleError)) throw error;
    const which = size === undefined ? '' : `checkpoint of ${size} leaves: `;
    this.wrong({ code: error.code, detail: which + error.message });
  }

  private wrong(wrong: { code: string; detail: string; expected?: string }): void {
    this.checks.wrong('checkpoints', { ...wrong, incarnation: this.tree.incarnation });
  }
}

function lineOf(bytes: Buffer): Line {
  const what = 'a line of checkpoints.ndjson';
  const members = parseMembers(bytes, what);
  onlyMembers(members, ['size', 'note', 'timestamp'], what);
  const timestamp = optionalMember(members, 'timestamp', tokenForm, what);
  return {
    size: member(members, 'size', sizeForm, what),
    note: member(members, 'note', noteForm, what),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}
