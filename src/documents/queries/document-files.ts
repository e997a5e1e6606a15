import { Inject, Injectable } from '@nestjs/common';
import { BlobError, Blobs, type OpenedBlob } from '@ardoise/blobs';
import type { EventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import type { AnyOpened } from '@ardoise/sealing';
import type { Vault } from '@ardoise/vault';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { documentRecorded, documentWithdrawn, type DocumentOpened } from '../domain/events';
import { BlobAlarm } from '../process/blob-alarm';
import { blobUnit } from '../process/blob-unit';

type Recorded = Extract<DocumentOpened, { type: 'document-recorded' }>;

/** What is said of a document's content. */
export type DocumentContent = Pick<
  NonNullable<Recorded['sections']['self']>,
  'person' | 'category' | 'unit' | 'fields'
>;

/** A document with its file, for whoever is handed everything. */
export type DocumentFile = { readonly document: string } & (
  | { readonly state: 'open'; readonly of: DocumentContent; readonly file: OpenedBlob }
  /** Its file was removed; what was said of it stays. */
  | { readonly state: 'withdrawn'; readonly of: DocumentContent }
  | { readonly state: 'erased' }
  | { readonly state: 'lost' }
  /** A code: the file is not as it was recorded. */
  | { readonly state: 'unreadable'; readonly of: DocumentContent; readonly reason: string }
);

/** The event that every document begins with. */
export const documentEventType = documentRecorded.type;

/** Opens the files of documents as the log names them, also of what is kept beside an erasure; asks no read model. */
@Injectable()
export class DocumentFiles {
  constructor(
    private readonly blobs: Blobs,
    private readonly alarm: BlobAlarm,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @param event an opened one of `documentEventType`. What turns out wrong while the file is read is a `BlobError`. */
  async open(event: AnyOpened): Promise<DocumentFile> {
    const { organisation, stream, facts, sections, closed } = event as Recorded;
    const document = stream.slice(-32);
    const of = sections.self;
    if (of === undefined) return { document, state: closed[0]?.state ?? 'lost' };
    if (await this.isWithdrawn(organisation, stream)) return { document, state: 'withdrawn', of };
    const unit = await blobUnit(this.store, organisation, stream);
    const opened = (await this.vault.openingKeys(organisation, [unit])).get(unit.unit);
    if (opened?.state === 'destroyed') return { document, state: 'erased' };
    if (opened?.state !== 'open') return { document, state: 'lost' };
    try {
      return { document, state: 'open', of, file: await this.blobs.read(organisation, opened.key, facts) };
    } catch (error) {
      return { document, state: 'unreadable', of, reason: this.reasonOf(organisation, error) };
    }
  }

  /** Why a file cannot be read, with an alarm; what is no property of the file is thrown on. */
  reasonOf(organisation: string, error: unknown): string {
    if (!(error instanceof BlobError)) throw error;
    this.alarm.raise(organisation, error);
    return error.code;
  }

  private async isWithdrawn(organisation: string, stream: string): Promise<boolean> {
    const stored = await this.store.readStream(organisation, stream);
    return stored.some(({ header }) => readHeader(header).type === documentWithdrawn.type);
  }
}
