import { Module } from '@nestjs/common';
import { DocumentsModule } from '../documents/documents.module';
import { ErasuresModule } from '../erasures/erasures.module';
import type { Capability } from '../platform/capability';
import { HandOvers } from './handover/hand-over';
import { HandedDocuments } from './handover/handed-documents';
import { OpenedLog } from './handover/opened-log';
import { AuditHttp } from './queries/audit.http';
import { LogExport } from './queries/log-export';
import { Replay } from './queries/replay';

@Module({
  imports: [ErasuresModule, DocumentsModule],
  controllers: [AuditHttp],
  providers: [Replay, LogExport, OpenedLog, HandedDocuments, HandOvers],
  exports: [Replay, LogExport, HandOvers],
})
export class AuditModule {}

/** Looks at the past; records nothing. */
export const audit: Capability = {
  name: 'audit',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  module: AuditModule,
};
