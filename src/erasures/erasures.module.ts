import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module';
import type { Capability } from '../platform/capability';
import { DecideErasureHandler } from './commands/decide-erasure/decide-erasure.handler';
import { DecideErasureHttp } from './commands/decide-erasure/decide-erasure.http';
import { decideUnit } from './domain/decisions';
import { erasure } from './domain/erasure';
import { erasureEvents } from './domain/events';
import { erasureMigrations } from './migrations';
import { EraseOnDecision } from './process/erase-on-decision.reaction';
import { ErasureBeginning } from './process/erasure-beginning';
import { ErasureProcess } from './process/erasure-process';
import { ErasureProcesses } from './process/erasure-processes';
import { ErasureRecall } from './process/erasure-recall';
import { ErasureReceipts } from './process/erasure-receipts';
import { ErasureRunner } from './process/erasure-runner';
import { ErasureStanding } from './process/erasure-standing';
import { Participants } from './process/participants';
import { PersonFence } from './process/person-fence';
import { LedgerProofs } from '../platform/ledger-proofs';
import { ErasureProofs } from './proofs/erasure-proofs';
import { CollectableReceipts } from './queries/collectable-receipts';
import { EndedUnits } from './queries/ended-units';
import { ErasuresHttp } from './queries/erasures.http';
import { ProofsHttp } from './queries/proofs.http';
import { ReceiptsHttp } from './queries/receipts.http';
import { fencedUnitsProjection } from './read-models/fenced-units.projection';

@Module({
  imports: [KeysModule],
  controllers: [DecideErasureHttp, ErasuresHttp, ReceiptsHttp, ProofsHttp],
  providers: [
    DecideErasureHandler,
    EraseOnDecision,
    ErasureBeginning,
    ErasureProcess,
    ErasureProcesses,
    ErasureRecall,
    ErasureReceipts,
    ErasureRunner,
    ErasureStanding,
    Participants,
    PersonFence,
    CollectableReceipts,
    EndedUnits,
    ErasureProofs,
    LedgerProofs,
  ],
  exports: [EndedUnits, ErasureRunner],
})
export class ErasuresModule {}

export const erasures: Capability = {
  name: 'erasures',
  events: erasureEvents,
  projections: [fencedUnitsProjection],
  reactions: [EraseOnDecision],
  deciders: [erasure],
  keeps: (policy, unit, now) => decideUnit(policy, unit, now).keep,
  processes: [ErasureStanding],
  migrations: erasureMigrations,
  module: ErasuresModule,
};
