import { randomBytes } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { keyLength } from '@ardoise/format';
import {
  absent,
  linkWhole,
  overwriteAndRemove,
  preparePrivateFolder,
  readPrivateFile,
  syncFolder,
} from '@ardoise/private-files';
import type { VaultError } from '../vault';
import { failed } from './key-encryption';

const keyFile = /^kek-([1-9]\d{0,8})\.key$/;
/** What a key is overwritten with. It is no key: a destruction that was cut short is told from a key, and goes on. */
const overwritten = 'x'.repeat(64) + '\n';

/** A folder that only its owner may enter, with one file for each key, `kek-<epoch>.key`, that only its owner may read. */
export class KeyFolder {
  constructor(readonly path: string) {}

  /** @throws VaultError `key-encryption-failed` when it is somebody else's, or open to others. */
  async prepare(): Promise<void> {
    await preparePrivateFolder(this.path, refused);
  }

  /** Ascending; empty also when there is no folder. */
  async epochs(): Promise<number[]> {
    const names = await readdir(this.path).catch(absent);
    return (names ?? [])
      .map((name) => Number(keyFile.exec(name)?.[1] ?? 0))
      .filter((epoch) => epoch > 0)
      .sort((a, b) => a - b);
  }

  /** Of two processes that make it at once one key stands, and both read that one. */
  async create(epoch: number): Promise<void> {
    await linkWhole(this.file(epoch), randomBytes(keyLength).toString('hex') + '\n');
  }

  /** `undefined` when there is none, or none any more. @throws VaultError `key-encryption-failed` */
  async read(epoch: number): Promise<Buffer | undefined> {
    const path = this.file(epoch);
    const text = await readPrivateFile(path, refused);
    if (text === undefined || text === overwritten) return undefined;
    if (!/^[0-9a-f]{64}$/.test(text.trimEnd())) throw refused(path, 'is not a key of 64 hexadecimal digits');
    return Buffer.from(text.trimEnd(), 'hex');
  }

  /** Overwrites the key on disk before its name goes; what that cannot reach, `overwriteAndRemove` says. */
  async destroy(epoch: number): Promise<void> {
    await overwriteAndRemove(this.file(epoch), overwritten, refused);
    // Drafts of a creation that was killed: of this very key, or of one that never came into use.
    for (const name of await readdir(this.path)) {
      if (name.startsWith(`.kek-${epoch}.`)) await unlink(join(this.path, name)).catch(absent);
    }
    await syncFolder(this.path);
  }

  private file(epoch: number): string {
    return join(this.path, `kek-${epoch}.key`);
  }
}

function refused(path: string, why: string): VaultError {
  return failed(`the key-encryption key at ${path} is refused: it ${why}`);
}
