import { Module } from '@nestjs/common';
import { ErasuresModule } from '../erasures/erasures.module';
import type { Capability } from '../platform/capability';
import { AuditHttp } from './queries/audit.http';
import { LogExport } from './queries/log-export';
import { Replay } from './queries/replay';

@Module({
  imports: [ErasuresModule],
  controllers: [AuditHttp],
  providers: [Replay, LogExport],
  exports: [Replay, LogExport],
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
