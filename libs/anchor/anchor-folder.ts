import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isOrganisation, randomId } from '@ardoise/format';
import { type Anchor, type Ended } from './anchor';
import { firstLine, malformed, readEnded, readFirstLine, readHead, writeEnded, writeHead } from './anchor-text';
import { appendLines, isMissing, openOrMissing, prepareFolder, replace, syncFolder } from './files';

const linesAtOnce = 10_000;
const ownFile = /^([a-z0-9]{1,40})\.(json|ended|checkpoint)$/;
/** A checkpoint with sixteen signatures is far below. */
const checkpointLimit = 65_536;

type Kind = 'json' | 'ended' | 'checkpoint';

/**
 * The anchors of all organisations, in a folder beside the key-encryption key and outside every backup. Of an
 * organisation: `<organisation>.json`, where log and vault stood, replaced as a whole; `<organisation>.ended`, the
 * keys destroyed since the horizon, which is only added to; and `<organisation>.checkpoint`, the largest checkpoint of its
 * ledger that is known, as it was signed. Who changes an organisation's anchor holds its lock.
 */
export class AnchorFolder {
  private constructor(
    private readonly folder: string,
    private readonly onTorn: (file: string) => void,
  ) {}

  /**
   * Makes the folder when there is none. `onTorn` hears of a list whose last line a crash left unfinished: what it was
   * to name had not been witnessed yet.
   * @throws AnchorError `anchor-refused` when others could enter the folder
   */
  static async open(folder: string, onTorn: (file: string) => void = () => undefined): Promise<AnchorFolder> {
    await prepareFolder(folder);
    return new AnchorFolder(folder, onTorn);
  }

  /** The organisations that have an anchor, or a part of one, sorted. */
  async organisations(): Promise<string[]> {
    const names = (await readdir(this.folder)).map((name) => ownFile.exec(name)?.[1]);
    return [...new Set(names.filter((name): name is string => name !== undefined))].sort();
  }

  /** Undefined where there is none. @throws AnchorError */
  async head(organisation: string): Promise<Anchor | undefined> {
    const path = this.path(organisation, 'json');
    const file = await openOrMissing(path);
    if (!file) return undefined;
    try {
      return readHead(path, organisation, await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  }

  /** The destroyed keys, at most 10,000 at once. @throws AnchorError, also where there is a head and no list. */
  async *ended(organisation: string): AsyncGenerator<Ended[]> {
    const path = this.path(organisation, 'ended');
    const lines = linesOf(path, () => this.onTorn(path));
    let first = true;
    let batch: Ended[] = [];
    for await (const line of lines) {
      if (first) readFirstLine(path, organisation, line);
      else batch.push(readEnded(path, line));
      first = false;
      if (batch.length === linesAtOnce) {
        yield batch;
        batch = [];
      }
    }
    if (first && (await this.head(organisation))) throw malformed(path, 'is gone, and the head beside it is there');
    if (batch.length > 0) yield batch;
  }

  /** Durable when it resolves. A torn last line is cut off first. */
  async append(organisation: string, ended: readonly Ended[]): Promise<void> {
    const lines = ended.map(writeEnded);
    await appendLines(this.folder, this.path(organisation, 'ended'), firstLine(organisation), lines);
  }

  /** Replaces the list. Durable when it resolves. */
  async rewrite(organisation: string, ended: readonly Ended[]): Promise<void> {
    const text = [firstLine(organisation), ...ended.map(writeEnded)];
    await replace(this.folder, this.path(organisation, 'ended'), text);
  }

  /** Drops the endings that were named before a position: the keys that wrapped them are destroyed. Gives how many stay. */
  async compact(organisation: string, before: bigint): Promise<number> {
    const kept: Ended[] = [];
    let dropped = 0;
    for await (const batch of this.ended(organisation)) {
      // What no event names has no position that could be passed.
      const stays = batch.filter(({ position }) => position === 0n || position >= before);
      kept.push(...stays);
      dropped += batch.length - stays.length;
    }
    if (dropped > 0) await this.rewrite(organisation, kept);
    return kept.length;
  }

  /** Replaces the head. Durable when it resolves. */
  async write(anchor: Anchor): Promise<void> {
    await replace(this.folder, this.path(anchor.organisation, 'json'), [writeHead(anchor)]);
  }

  /** The checkpoint, byte for byte; undefined where there is none. @throws AnchorError */
  async checkpoint(organisation: string): Promise<Buffer | undefined> {
    const path = this.path(organisation, 'checkpoint');
    const file = await openOrMissing(path);
    if (!file) return undefined;
    try {
      if ((await file.stat()).size > checkpointLimit) throw malformed(path, 'is too large for a checkpoint');
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  /** Which file the checkpoint is: another word when it was replaced. Undefined where there is none. */
  async checkpointVersion(organisation: string): Promise<string | undefined> {
    try {
      const { ino, mtimeMs, size } = await lstat(this.path(organisation, 'checkpoint'));
      return `${ino} ${mtimeMs} ${size}`;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Replaces the checkpoint, a note in UTF-8. Durable when it resolves. */
  async writeCheckpoint(organisation: string, note: Buffer): Promise<void> {
    if (note.length > checkpointLimit) throw new RangeError('too large for a checkpoint');
    await replace(this.folder, this.path(organisation, 'checkpoint'), [note.toString('utf8')]);
  }

  /** Puts files that cannot be believed out of the way; they are kept under another name. */
  async setAside(organisation: string, kinds: readonly Kind[] = ['json', 'ended', 'checkpoint']): Promise<void> {
    for (const kind of kinds) {
      const path = this.path(organisation, kind);
      await rename(path, `${path}.aside-${randomId().slice(0, 8)}`).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
    await syncFolder(this.folder);
  }

  private path(organisation: string, kind: Kind): string {
    if (!isOrganisation(organisation)) throw new RangeError('an organisation is one to 40 of a-z and 0-9');
    return join(this.folder, `${organisation}.${kind}`);
  }
}

/** The lines of a file that are ended; none where there is no file. */
async function* linesOf(path: string, onTorn: () => void): AsyncGenerator<string> {
  const file = await openOrMissing(path);
  if (!file) return;
  let rest = '';
  try {
    const stream = file.createReadStream({ encoding: 'utf8', highWaterMark: 1 << 20, autoClose: false });
    for await (const piece of stream) {
      const lines = (rest + String(piece)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') onTorn();
  } finally {
    await file.close();
  }
}
