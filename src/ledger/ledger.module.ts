import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module';
import type { Capability } from '../platform/capability';
import { RecordBundleHandler } from './commands/record-bundle/record-bundle.handler';
import { bundle } from './domain/bundle';
import { ledgerEvents } from './domain/events';
import { BundleExport } from './export/bundle-export';
import { LedgerContents } from './files/ledger-contents';
import { LedgerStates } from './files/ledger-state';
import { Statements } from './files/statements';
import { TreeFiles } from './files/tree-files';
import { SinceMark } from './export/since-mark';
import { policyMigrations } from './policies/migrations';
import { PolicyTexts } from './policies/policy-texts';
import { LedgerKeysHttp } from './queries/ledger-keys.http';
import { LedgerHttp } from './queries/ledger.http';
import { ServedFiles } from './queries/served-files';
import { CheckpointStamping } from './stamping/checkpoint-stamping';

@Module({
  imports: [KeysModule],
  controllers: [LedgerHttp, LedgerKeysHttp],
  providers: [
    LedgerStates,
    TreeFiles,
    Statements,
    PolicyTexts,
    LedgerContents,
    ServedFiles,
    SinceMark,
    BundleExport,
    RecordBundleHandler,
    CheckpointStamping,
  ],
  exports: [LedgerStates, BundleExport],
})
export class LedgerModule {}

/** Gives the ledger out: its files over HTTP, and as a bundle for whoever verifies without a server. */
export const ledger: Capability = {
  name: 'ledger',
  events: ledgerEvents,
  projections: [],
  reactions: [],
  deciders: [bundle],
  processes: [CheckpointStamping],
  migrations: policyMigrations,
  module: LedgerModule,
};
