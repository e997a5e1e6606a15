import { Inject, Injectable } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EventStore } from '@ardoise/event-store';
import { syncFolder } from '@ardoise/private-files';
import { Clock } from '@ardoise/time';
import type { ExportedLog, HandedFile, HandOver } from '../../keys/handed-over';
import { EVENT_STORE } from '../../platform/tokens';
import { LogExport } from '../queries/log-export';
import { documentsFolder, HandedDocuments, type IndexedDocument } from './handed-documents';
import { OpenedLog, type Gaps } from './opened-log';
import { readme } from './readme';
import { draftEnding, isThere, writeWhole } from './written-file';

export const logFile = 'log.ndjson';
export const openedFile = 'opened.ndjson';
export const indexFile = `${documentsFolder}.ndjson`;
export const readmeFile = 'README.md';
const own: readonly string[] = [logFile, openedFile, indexFile, readmeFile];

/** A hand-over that cannot be made as it was asked for; no key was destroyed. */
export class HandOverError extends Error {
  override readonly name = 'HandOverError';

  constructor(
    readonly code: 'hand-over-incomplete' | 'folder-not-empty' | 'erasures-under-way',
    message: string,
  ) {
    super(message);
  }
}

export interface HandOverOptions {
  /** Whether what was tampered with, and files that are gone, may lack; otherwise they stop it. */
  readonly acceptUnreadable?: boolean;
}

/** Gives a controller its data back: the log as it is stored, the same opened, and the files of its documents. */
@Injectable()
export class HandOvers {
  constructor(
    private readonly log: LogExport,
    private readonly opened: OpenedLog,
    private readonly documents: HandedDocuments,
    private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** @param folder a new one, an empty one, or one with a hand-over that broke off */
  of(organisation: string, folder: string, options: HandOverOptions = {}): HandOver {
    return {
      make: () => this.make(organisation, folder, options),
      stands: async (made) => (await differsFrom(folder, made)) === undefined,
    };
  }

  private async make(organisation: string, folder: string, options: HandOverOptions): Promise<ExportedLog> {
    await emptied(folder);
    const upTo = await this.store.head(organisation);
    const gaps: Gaps = { events: 0, files: 0 };
    const at = (name: string): string => join(folder, name);
    const log = await writeWhole(at(logFile), this.log.lines(organisation, 0n, upTo));
    const opened = await writeWhole(at(openedFile), this.opened.lines(organisation, upTo, gaps));
    const index = await writeWhole(at(indexFile), this.documents.lines(organisation, upTo, folder, gaps));
    if (gaps.events + gaps.files > 0 && options.acceptUnreadable !== true) throw incomplete(gaps);
    const told = readme({ organisation, madeAt: this.clock.now(), log, opened, index, gaps });
    const explained = await writeWhole(at(readmeFile), once(told));
    for (const named of [join(folder, documentsFolder), folder, dirname(folder)]) await syncFolder(named);
    return { ...log, position: upTo.toString(), files: [opened, index, explained] };
  }
}

function incomplete({ events, files }: Gaps): HandOverError {
  return new HandOverError(
    'hand-over-incomplete',
    `${events} events and ${files} files of documents are not as they were recorded and cannot be handed over; no key was ` +
      'destroyed. Put them right (see "ardoise blobs verify"), or say --accept-unreadable',
  );
}

/** What broke off is made anew, as a whole; nothing of anybody else is touched. @throws HandOverError `folder-not-empty` */
async function emptied(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = await readdir(folder);
  const foreign = names.find((name) => !own.includes(whole(name)) && name !== documentsFolder);
  if (foreign !== undefined)
    throw new HandOverError('folder-not-empty', `${folder} has "${foreign}", which is no part of a hand-over`);
  await chmod(folder, 0o700);
  for (const name of names) await rm(join(folder, name), { recursive: true });
  await mkdir(join(folder, documentsFolder), { mode: 0o700 });
}

function whole(name: string): string {
  return name.endsWith(draftEnding) ? name.slice(0, -draftEnding.length) : name;
}

/** The first file of a hand-over that is missing or altered; read back, the documents' files by their index. */
export async function differsFrom(folder: string, { files, ...log }: ExportedLog): Promise<string | undefined> {
  for (const one of [log, ...(files ?? [])]) if (!(await isThere(folder, one))) return one.file;
  if (!files?.some(({ file }) => file === indexFile)) return undefined;
  for await (const document of handedFiles(folder)) if (!(await isThere(folder, document))) return document.file;
  return undefined;
}

async function* handedFiles(folder: string): AsyncGenerator<HandedFile> {
  for await (const line of createInterface({ input: createReadStream(join(folder, indexFile)), crlfDelay: Infinity })) {
    const document = JSON.parse(line) as IndexedDocument;
    if (document.state === 'open') yield document;
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
