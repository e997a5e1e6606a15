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
import { ErasureCompletion } from './process/erasure-completion';
import { ErasureProcess } from './process/erasure-process';
import { ErasureProcesses } from './process/erasure-processes';
import { Participants } from './process/participants';
import { EndedUnits } from './queries/ended-units';
import { ErasuresHttp } from './queries/erasures.http';
import { fencedUnitsProjection } from './read-models/fenced-units.projection';

@Module({
  imports: [KeysModule],
  controllers: [DecideErasureHttp, ErasuresHttp],
  providers: [
    DecideErasureHandler,
    EraseOnDecision,
    ErasureCompletion,
    ErasureProcess,
    ErasureProcesses,
    Participants,
    EndedUnits,
  ],
  exports: [EndedUnits, ErasureCompletion],
})
export class ErasuresModule {}

export const erasures: Capability = {
  name: 'erasures',
  events: erasureEvents,
  projections: [fencedUnitsProjection],
  reactions: [EraseOnDecision],
  deciders: [erasure],
  keeps: (policy, unit, now) => decideUnit(policy, unit, now).keep,
  migrations: erasureMigrations,
  module: ErasuresModule,
};
