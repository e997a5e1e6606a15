import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { absent, preparePrivateFolder, replaceWhole, syncFolder } from '@ardoise/private-files';
import { createTransport } from 'nodemailer';
import { type Letter, messageOf, type Sent } from './letter';

export interface MailFolderOptions {
  /** Absolute path. */
  readonly folder: string;
  readonly from: string;
}

/** A file of a shelf that holds a letter, or what a crash left of one. */
export interface KeptLetter {
  readonly file: string;
  /** The letter's. */
  readonly id: string;
  readonly sentAt: Date;
}

/** The folder for letters is not one that only its owner may touch. */
export class MailFolderError extends Error {
  override readonly name = 'MailFolderError';
  readonly code = 'mail-folder-refused';
}

const refuse = (path: string, why: string): MailFolderError =>
  new MailFolderError(`the folder for letters, ${path}, is refused: it ${why}; nobody but its owner may touch it`);

/**
 * Writes messages into files (RFC 5322, `ID.eml`) in the place of a server: for their owner only, whole or not at all, on
 * shelves of their own. The same letter again replaces its file. What is in them stands there in clear until it is removed.
 */
export class MailFolder {
  private readonly writer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(private readonly options: MailFolderOptions) {}

  /** @throws MailFolderError, and what the file system refuses */
  prepare(): Promise<void> {
    return preparePrivateFolder(this.options.folder, refuse);
  }

  /** @param shelf a folder's name: letters, digits, `-` */
  async send(letter: Letter, shelf: string): Promise<Sent> {
    const message = messageOf(letter, this.options.from);
    if (!message) return { kind: 'refused', code: 'address-wrong' };
    try {
      await this.prepare();
      await preparePrivateFolder(this.shelf(shelf), refuse);
      const { message: bytes } = await this.writer.sendMail(message);
      await replaceWhole(join(this.shelf(shelf), `${letter.id}.eml`), async (file) => {
        await file.writeFile(bytes as Buffer);
        await file.utimes(letter.sentAt, letter.sentAt);
      });
      return { kind: 'taken' };
    } catch (error) {
      return { kind: 'failed', code: error instanceof MailFolderError ? error.code : 'mail-folder-fails' };
    }
  }

  async shelves(): Promise<string[]> {
    const found = await readdir(this.options.folder, { withFileTypes: true }).catch(absent);
    return (found ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  /** The letters on a shelf, by what their ids are like; other files are nobody's business here. */
  async list(shelf: string, ids: RegExp): Promise<KeptLetter[]> {
    const kept: KeptLetter[] = [];
    for (const file of (await readdir(this.shelf(shelf)).catch(absent)) ?? []) {
      const id = /^\.?([A-Za-z0-9_-]+)\.eml(\.[0-9a-f]+)?$/.exec(file)?.[1];
      const isLetter = id !== undefined && ids.test(id);
      const found = isLetter ? await stat(join(this.shelf(shelf), file)).catch(absent) : undefined;
      if (isLetter && found) kept.push({ file, id, sentAt: found.mtime });
    }
    return kept;
  }

  /** Removes files of a shelf; nothing happens where they are gone. */
  async remove(shelf: string, files: readonly string[]): Promise<void> {
    if (files.length === 0) return;
    for (const file of files) await unlink(join(this.shelf(shelf), file)).catch(absent);
    await syncFolder(this.shelf(shelf));
  }

  private shelf(name: string): string {
    return join(this.options.folder, name);
  }
}
