import { Module } from '@nestjs/common';
import type { Capability } from '../../platform/capability';
import { Collector } from './collector';
import { Cosigning } from './cosigning';

@Module({ providers: [Collector, Cosigning] })
class CosigningModule {}

/** Witnesses outside cosign our checkpoints: a log that was set back cannot go on as if nothing had been. */
export const cosigning: Capability = {
  name: 'cosigning',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  processes: [Cosigning],
  module: CosigningModule,
};
