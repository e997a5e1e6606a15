import { link, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceWhole, syncFolder } from '@ardoise/private-files';
import { isErrno } from './drafts';
import { FolderOwner } from './folder-owner';
import type { Change, WitnessStore } from './witness-store';

const ownFile = /^[0-9a-f]{64}$/;
const ownFolder = /^checkpoints-([1-9]\d{0,14})$/;

/**
 * A witness's memory in a folder: one file for each log, named by its origin's hash, in a folder `checkpoints-<number>`
 * of the process that owns the whole. A process that was taken over while it slept writes where nobody looks any more,
 * and learns of it before it answers.
 */
export class FolderWitnessStore implements WitnessStore {
  private readonly queues = new Map<string, Promise<unknown>>();

  private constructor(
    private readonly owner: FolderOwner,
    private readonly folder: string,
  ) {}

  /** @throws WitnessError `witness-folder-in-use` */
  static async open(folder: string, leaseMilliseconds?: number): Promise<FolderWitnessStore> {
    const owner = await FolderOwner.take(folder, leaseMilliseconds);
    const own = join(folder, `checkpoints-${owner.number}`);
    await mkdir(own, { mode: 0o700 });
    await takeOver(folder, own, owner.number);
    await owner.mustHold();
    return new FolderWitnessStore(owner, own);
  }

  async read(originHash: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.path(originHash));
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  update<Result>(
    originHash: string,
    change: (current: Buffer | undefined) => Promise<Change<Result>>,
  ): Promise<Result> {
    const before = this.queues.get(originHash) ?? Promise.resolve();
    const next = before.then(() => this.change(originHash, change));
    const settled = next.then(
      () => undefined,
      () => undefined,
    );
    this.queues.set(originHash, settled);
    void settled.then(() => {
      if (this.queues.get(originHash) === settled) this.queues.delete(originHash);
    });
    return next;
  }

  /** Ends when what is under way is done, and gives the folder back. */
  async close(): Promise<void> {
    await Promise.all(this.queues.values());
    await this.owner.release();
  }

  private async change<Result>(
    originHash: string,
    change: (current: Buffer | undefined) => Promise<Change<Result>>,
  ): Promise<Result> {
    // An old record of a process that was taken over would be the way to cosign two histories.
    await this.owner.mustHold();
    const { next, result } = await change(await this.read(originHash));
    if (next) {
      await replaceWhole(join(this.folder, originHash), (file) => file.writeFile(next));
      await this.owner.mustHold();
    }
    return result;
  }

  private path(originHash: string): string {
    if (!ownFile.test(originHash)) throw new RangeError('a log is named by 64 hexadecimal digits');
    return join(this.folder, originHash);
  }
}

/** What the owners before left, the newest of each log; a crash on the way leaves it to be done again. */
async function takeOver(folder: string, own: string, number: number): Promise<void> {
  const earlier = (await readdir(folder))
    .map((name) => Number(ownFolder.exec(name)?.[1] ?? 0))
    .filter((one) => one > 0 && one < number)
    .sort((a, b) => b - a);
  for (const one of earlier) {
    const from = join(folder, `checkpoints-${one}`);
    for (const name of (await readdir(from)).filter((file) => ownFile.test(file))) {
      // Files are replaced, never written in place: two names for one file are two records.
      await link(join(from, name), join(own, name)).catch((error: unknown) => {
        if (!isErrno(error, 'EEXIST')) throw error;
      });
    }
  }
  await syncFolder(own);
  await syncFolder(folder);
  for (const one of earlier) await rm(join(folder, `checkpoints-${one}`), { recursive: true, force: true });
}
