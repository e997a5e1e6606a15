import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Blobs } from '@ardoise/blobs';
import { invalid, Recorder, Refusal, type CommandContext, type Outcome } from '@ardoise/decider';
import type { Json } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import { VaultError, type UnitKey, type Vault } from '@ardoise/vault';
import { EnrolmentRegister } from '../../../enrolments/queries/enrolment-register';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { PersonDirectory } from '../../../persons/queries/person-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { SessionCalendar } from '../../../sessions/queries/session-calendar';
import {
  checkKept,
  document,
  type Document,
  type DocumentBlob,
  type DocumentContent,
  type DocumentDescription,
} from '../../domain/document';
import { documentCategories, type DocumentOpened } from '../../domain/events';
import { BlobRemoval } from '../../process/blob-removal';
import { RecordedBlobs } from '../../process/recorded-blobs';
import { measure, measured } from './measuring';
import { RecordDocumentCommand } from './record-document.command';

/**
 * First the file, then its row, then the event: what is on record is there. A crash in between leaves a file that no
 * event names, which is swept after a day.
 */
@CommandHandler(RecordDocumentCommand)
export class RecordDocumentHandler implements ICommandHandler<RecordDocumentCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly persons: PersonDirectory,
    private readonly enrolments: EnrolmentRegister,
    private readonly sessions: SessionCalendar,
    private readonly blobs: Blobs,
    private readonly recorded: RecordedBlobs,
    private readonly removal: BlobRemoval,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute(command: RecordDocumentCommand): Promise<RecordedThing> {
    const { context, person, description, content } = command;
    const { organisation } = context;
    await this.persons.requireLiving(organisation, person);
    const stream = await this.recorder.newStream(document.kind, context);
    const { version, state } = await this.recorder.load(document, organisation, stream);
    // A command that was carried out is compared by its content, and writes no second file.
    if (version > 0 && state.blob)
      return recordedThing(await this.record(command, stream, await measure(content), state.blob));
    checkKept(this.organisations.policy(organisation), description.kind);
    await this.checkReferences(organisation, person, description);
    const category = documentCategories[description.kind];
    const [key] = await this.vault.sealingKeys(organisation, [{ person, stream, category }]);
    const { bytes, result } = measured(content);
    const blob = await this.blobs.write(organisation, key as UnitKey, bytes);
    return this.recordWritten(command, stream, result(), blob, key as UnitKey);
  }

  private async recordWritten(
    command: RecordDocumentCommand,
    stream: string,
    content: DocumentContent,
    blob: DocumentBlob,
    { unit, fingerprint }: UnitKey,
  ): Promise<RecordedThing> {
    const { organisation } = command.context;
    const row = { ...blob, document: stream.slice(-32), unit, fingerprint };
    try {
      if (content.length === 0) throw invalid('document-empty', 'the body must hold the document', '');
      await this.recorded.written(organisation, row, this.clock.now());
      const outcome = await this.record(command, stream, content, blob);
      // Another request with the same key came first: its file is the one on record.
      if (outcome.state.blob?.blob !== blob.blob) await this.removal.remove(organisation, blob.blob);
      return recordedThing(outcome);
    } catch (error) {
      // Only these say for certain that nothing was recorded; anything else is left to the sweep, as is what fails here.
      const nothingRecorded = error instanceof Refusal || error instanceof VaultError;
      if (nothingRecorded) await this.removal.remove(organisation, blob.blob).catch(() => undefined);
      throw error;
    }
  }

  private record(
    { context, person, description }: RecordDocumentCommand,
    stream: string,
    content: DocumentContent,
    blob: DocumentBlob,
  ): Promise<Outcome<Document, DocumentOpened>> {
    const policy = this.organisations.policy(context.organisation);
    const command = { type: 'record' as const, person, policy, description, content, blob };
    return this.recorder.execute(document, stream, command, withRequest(context, description, content));
  }

  private async checkReferences(
    organisation: string,
    person: string,
    { enrolment, session }: DocumentDescription,
  ): Promise<void> {
    if (session !== undefined) await this.sessions.session(organisation, session);
    if (enrolment === undefined) return;
    const theirs = await this.enrolments.get(organisation, enrolment);
    const aliases = await this.persons.aliases(organisation, person);
    if (aliases.includes(theirs.person)) return;
    throw invalid('enrolment-of-another', 'must be an enrolment of this person', '/enrolment');
  }
}

/** The content is told by its digest: a repeated key with other bytes is another request. */
function withRequest(
  context: CommandContext,
  description: DocumentDescription,
  content: DocumentContent,
): CommandContext {
  const { to } = context.request as { to: string };
  const { source, occurredAt = null } = context;
  return { ...context, request: { to, body: { ...description, ...content, source, occurredAt } as unknown as Json } };
}
