import { Inject, Injectable } from '@nestjs/common';
import { BlobError, Blobs, type OpenedBlob } from '@ardoise/blobs';
import { Recorder, Refusal } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { ProblemError } from '@ardoise/http';
import { VaultError, type UnitKey, type Vault } from '@ardoise/vault';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { document, livingDocument, type Document, type RecordedDocument } from '../domain/document';
import { BlobAlarm } from '../process/blob-alarm';
import { blobUnit } from '../process/blob-unit';
import { RecordedBlobs } from '../process/recorded-blobs';

/** Reads documents as the log has them, and opens their files. */
@Injectable()
export class DocumentReader {
  constructor(
    private readonly recorder: Recorder,
    private readonly persons: PersonDirectory,
    private readonly blobs: Blobs,
    private readonly recorded: RecordedBlobs,
    private readonly alarm: BlobAlarm,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @throws Refusal `document-not-found` (404), `erased`, `person-erased`, `lost` (410) */
  async get(
    organisation: string,
    id: string,
  ): Promise<{ readonly recorded: RecordedDocument; readonly state: Document; readonly version: number }> {
    const { state, version } = await this.recorder.fold(document, organisation, `${document.kind}-${id}`);
    const recorded = livingDocument(state);
    await this.persons.require(organisation, recorded.person);
    return { recorded, state, version };
  }

  /**
   * Opens the file of a document. What turns out wrong while it is read raises the alarm too, and ends the content.
   * @throws Refusal as `get`, and `document-withdrawn` (410); ProblemError 500 `blob-missing`, `blob-altered`,
   * `blob-unreadable`, 503 `document-unsettled`
   */
  async open(organisation: string, id: string): Promise<OpenedBlob & { readonly recorded: RecordedDocument }> {
    const { recorded, state } = await this.get(organisation, id);
    if (state.withdrawn) throw new Refusal('gone', 'document-withdrawn', 'the document was withdrawn');
    const key = await this.keyOf(organisation, id);
    try {
      const { content, close } = await this.blobs.read(organisation, key, state.blob as NonNullable<Document['blob']>);
      return { recorded, content: this.watched(organisation, content), close };
    } catch (error) {
      throw await this.problemOf(organisation, error);
    }
  }

  private async keyOf(organisation: string, id: string): Promise<UnitKey> {
    const unit = await blobUnit(this.store, organisation, `${document.kind}-${id}`);
    const opened = (await this.vault.openingKeys(organisation, [unit])).get(unit.unit);
    if (opened?.state === 'open') return opened.key;
    // It ended since the event was read: the next look says how.
    if (opened?.state === 'destroyed') throw new Refusal('gone', 'erased', 'the document has been erased');
    throw new VaultError('key-gone', `the key of unit ${unit.unit} is ${opened?.state ?? 'not there'}`);
  }

  private async *watched(organisation: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* content;
    } catch (error) {
      throw await this.problemOf(organisation, error);
    }
  }

  private async problemOf(organisation: string, error: unknown): Promise<unknown> {
    if (!(error instanceof BlobError)) return error;
    const row = await this.recorded.find(organisation, error.blob);
    // Its end has begun, or it was recorded a moment ago: whichever it is will be known soon.
    if (error.code === 'blob-missing' && row?.state !== 'recorded') {
      return new ProblemError(503, 'document-unsettled', 'the document is being recorded or ended; ask again');
    }
    this.alarm.raise(organisation, error);
    return new ProblemError(500, error.code, `the file of this document is not as it was recorded: ${error.message}`);
  }
}
