import { Module } from '@nestjs/common';
import { EnrolmentsModule } from '../enrolments/enrolments.module';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { SessionsModule } from '../sessions/sessions.module';
import { RecordDocumentHandler } from './commands/record-document/record-document.handler';
import { RecordDocumentHttp } from './commands/record-document/record-document.http';
import { WithdrawDocumentHandler } from './commands/withdraw-document/withdraw-document.handler';
import { WithdrawDocumentHttp } from './commands/withdraw-document/withdraw-document.http';
import { document } from './domain/document';
import { documentEvents } from './domain/events';
import { documentMigrations } from './migrations';
import { BlobAlarm } from './process/blob-alarm';
import { BlobChecks } from './process/blob-checks';
import { BlobKeeper } from './process/blob-keeper';
import { BlobRemoval } from './process/blob-removal';
import { BlobSweeping } from './process/blob-sweeping';
import { KeepBlobs } from './process/keep-blobs.reaction';
import { RecordedBlobs } from './process/recorded-blobs';
import { DocumentHttp } from './queries/document.http';
import { DocumentFiles } from './queries/document-files';
import { DocumentReader } from './queries/document-reader';
import { DocumentsHttp } from './queries/documents.http';
import { documentsProjection } from './read-models/documents.projection';

@Module({
  imports: [PersonsModule, EnrolmentsModule, SessionsModule],
  controllers: [DocumentHttp, DocumentsHttp, RecordDocumentHttp, WithdrawDocumentHttp],
  providers: [
    RecordDocumentHandler,
    WithdrawDocumentHandler,
    DocumentReader,
    DocumentFiles,
    RecordedBlobs,
    BlobRemoval,
    BlobAlarm,
    BlobChecks,
    BlobSweeping,
    BlobKeeper,
    KeepBlobs,
  ],
  exports: [BlobChecks, DocumentFiles],
})
export class DocumentsModule {}

/** Identity documents, supporting documents, CVs, signed sheets: sealed files outside the log. */
export const documents: Capability = {
  name: 'documents',
  events: documentEvents,
  projections: [documentsProjection],
  reactions: [KeepBlobs],
  deciders: [document],
  migrations: documentMigrations,
  module: DocumentsModule,
};
