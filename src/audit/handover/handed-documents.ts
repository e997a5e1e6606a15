import { Injectable } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LongReaders } from '@ardoise/readers';
import { Opener } from '@ardoise/sealing';
import {
  DocumentFiles,
  documentEventType,
  type DocumentContent,
  type DocumentFile,
} from '../../documents/queries/document-files';
import type { HandedFile } from '../../keys/handed-over';
import { openEach } from './readable';
import { isOpened, OpenedLog, type Gaps } from './opened-log';
import { WrittenFile } from './written-file';

export const documentsFolder = 'documents';
const wanted: ReadonlySet<string> = new Set([documentEventType]);
/** Whoever reads says after so many pieces of a file that they still live; a piece is some ten kilobytes. */
const piecesBetweenSigns = 256;

/** A line of the index. */
export type IndexedDocument = { readonly document: string } & (
  | ({ readonly state: 'open' } & HandedFile & Told)
  | ({ readonly state: 'withdrawn' } & Told)
  | { readonly state: 'erased' | 'lost' }
  | ({ readonly state: 'unreadable'; readonly reason: string } & Partial<Told>)
);

type Told = { readonly person: string; readonly category: string } & Pick<
  DocumentContent['fields'],
  'kind' | 'name' | 'mediaType' | 'enrolment' | 'session'
>;

/** Writes the files of an organisation's documents in clear, and tells what each is. */
@Injectable()
export class HandedDocuments {
  constructor(
    private readonly log: OpenedLog,
    private readonly opener: Opener,
    private readonly documents: DocumentFiles,
    private readonly readers: LongReaders,
  ) {}

  /** Lines of the index, each when its file is there and on disk; empty ones in between are a sign of life. */
  lines(organisation: string, upTo: bigint, folder: string, gaps: Gaps): AsyncGenerator<string> {
    return this.readers.reading('hand-over', organisation, () => this.write(organisation, upTo, folder, gaps));
  }

  private async *write(organisation: string, upTo: bigint, folder: string, gaps: Gaps): AsyncGenerator<string> {
    for await (const stored of this.log.batches(organisation, upTo)) {
      yield '';
      for (const event of await openEach(this.opener, organisation, stored, wanted)) {
        // Counted among the events already, with its position.
        if (!isOpened(event)) continue;
        const indexed = yield* this.one(organisation, folder, await this.documents.open(event));
        if (indexed.state === 'unreadable') gaps.files += 1;
        yield JSON.stringify(indexed) + '\n';
      }
    }
  }

  private async *one(
    organisation: string,
    folder: string,
    document: DocumentFile,
  ): AsyncGenerator<string, IndexedDocument> {
    if (document.state === 'erased' || document.state === 'lost') return document;
    const told = { document: document.document, ...toldOf(document.of) };
    if (document.state === 'withdrawn') return { ...told, state: 'withdrawn' };
    if (document.state === 'unreadable') return { ...told, state: 'unreadable', reason: document.reason };
    const { digest, length } = document.of.fields;
    const path = join(folder, documentsFolder, document.document);
    const target = await WrittenFile.create(path);
    try {
      let pieces = 0;
      for await (const piece of document.file.content) {
        await target.write(piece);
        if (++pieces % piecesBetweenSigns === 0) yield '';
      }
      const { bytes, sha256 } = await target.finish();
      if (bytes !== length || sha256 !== digest) {
        await rm(path);
        return { ...told, state: 'unreadable', reason: 'content-differs' };
      }
      return { ...told, state: 'open', file: `${documentsFolder}/${document.document}`, bytes, sha256 };
    } catch (error) {
      await target.abandon();
      return { ...told, state: 'unreadable', reason: this.documents.reasonOf(organisation, error) };
    } finally {
      await document.file.close();
    }
  }
}

function toldOf({ person, category, fields }: DocumentContent): Told {
  const { kind, name, mediaType, enrolment, session } = fields;
  const of = { ...(enrolment === undefined ? {} : { enrolment }), ...(session === undefined ? {} : { session }) };
  return { person, category, kind, name, mediaType, ...of };
}
