import { access, link, mkdir, readdir, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { syncFolder } from '@ardoise/private-files';
import { draftIn, isErrno, writeDraft } from './drafts';
import { WitnessError } from './errors';

/** After so many real milliseconds without a sign of life of its owner a folder is taken over. */
export const ownerLease = 10_000;

const ownerFile = /^owner-([1-9]\d{0,14})$/;

/**
 * The one process that may cosign from a folder. Owners are numbered; a number is taken by linking `owner-<number>`,
 * which the file system gives to one process only and which is never removed. An owner shows that it lives by the time of
 * its file. Who was taken over finds the next number, and promises nothing any more: time decides when a folder is taken
 * over, and numbers alone decide who owns it.
 */
export class FolderOwner {
  private readonly beating: NodeJS.Timeout;

  private constructor(
    private readonly folder: string,
    readonly number: number,
    leaseMilliseconds: number,
  ) {
    this.beating = setInterval(() => void this.beat(), leaseMilliseconds / 5).unref();
  }

  /**
   * Makes the folder where there is none. After a crash of the owner before, it waits for the lease.
   * @throws WitnessError `witness-folder-in-use`
   */
  static async take(folder: string, leaseMilliseconds = ownerLease): Promise<FolderOwner> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const before = await newestIn(folder);
    if (before > 0 && !(await isReleased(folder, before))) {
      const seen = await lastSign(folder, before);
      await delay(leaseMilliseconds);
      if ((await lastSign(folder, before)) !== seen) throw inUse(folder);
    }
    const number = before + 1;
    const draft = draftIn(folder);
    await writeDraft(draft, Buffer.alloc(0));
    try {
      await link(draft, join(folder, `owner-${number}`));
    } catch (error) {
      if (isErrno(error, 'EEXIST')) throw inUse(folder);
      throw error;
    } finally {
      await unlink(draft);
    }
    await syncFolder(folder);
    return new FolderOwner(folder, number, leaseMilliseconds);
  }

  /** Whatever was durable before this resolves, the next owner finds. @throws WitnessError `witness-folder-lost` */
  async mustHold(): Promise<void> {
    if (!(await isThere(join(this.folder, `owner-${this.number + 1}`)))) return;
    throw new WitnessError('witness-folder-lost', `another process has taken ${this.folder} over`);
  }

  /** Gives the folder back: the next owner need not wait. */
  async release(): Promise<void> {
    clearInterval(this.beating);
    await writeDraft(join(this.folder, `released-${this.number}`), Buffer.alloc(0));
  }

  private async beat(): Promise<void> {
    const now = new Date();
    // A folder that is away shows no sign of life, which is what it is.
    await utimes(join(this.folder, `owner-${this.number}`), now, now).catch(() => undefined);
  }
}

async function newestIn(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).flatMap((name) => Number(ownerFile.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

const isReleased = (folder: string, number: number): Promise<boolean> => isThere(join(folder, `released-${number}`));

async function lastSign(folder: string, number: number): Promise<string> {
  const { mtimeMs, ctimeMs } = await stat(join(folder, `owner-${number}`));
  return `${mtimeMs} ${ctimeMs}`;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

const inUse = (folder: string): WitnessError =>
  new WitnessError('witness-folder-in-use', `another witness cosigns from ${folder}; stop it first`);
