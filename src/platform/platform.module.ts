import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ScheduleModule } from '@nestjs/schedule';
import { Blobs } from '@ardoise/blobs';
import { Recorder } from '@ardoise/decider';
import { ProjectionRuntime } from '@ardoise/projections';
import { LongReaders } from '@ardoise/readers';
import { EventRegistry, Opener } from '@ardoise/sealing';
import { Ledger, Sequencer } from '@ardoise/sequencer';
import { Clock } from '@ardoise/time';
import { DataSource } from 'typeorm';
import { EndedOrganisations } from './ended-organisations';
import { Followers } from './followers';
import { Anchors } from './gate/anchors';
import { Gate } from './gate/gate';
import { Quarantines } from './gate/quarantines';
import { HealthHttp } from './health.http';
import { MetricsHttp } from './metrics.http';
import { Passage } from './passage';
import { Platform } from './platform';
import { Processes } from './processes';
import { ProcessManagers } from './process-managers';
import { Reactions } from './reactions';
import { CONFIG, EVENT_STORE, LOG, METRICS, POLICIES, VAULT } from './tokens';

/** Gives the platform's parts to the capabilities, by class or by token. */
@Global()
@Module({})
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const parts = [
      { provide: Platform, useValue: platform },
      { provide: CONFIG, useValue: platform.config },
      { provide: LOG, useValue: platform.log },
      { provide: Clock, useValue: platform.clock },
      { provide: POLICIES, useValue: platform.policies },
      { provide: METRICS, useValue: platform.metrics },
      { provide: EVENT_STORE, useValue: platform.store },
      { provide: VAULT, useValue: platform.vault },
      { provide: EventRegistry, useValue: platform.registry },
      { provide: Opener, useValue: platform.opener },
      { provide: Recorder, useValue: platform.recorder },
      { provide: Blobs, useValue: platform.blobs },
      { provide: ProjectionRuntime, useValue: platform.projections },
      { provide: Anchors, useValue: platform.anchors },
      { provide: Gate, useValue: platform.gate },
      { provide: Quarantines, useValue: platform.quarantines },
      { provide: Ledger, useValue: platform.ledger },
      { provide: Sequencer, useValue: platform.sequencer },
      { provide: LongReaders, useValue: platform.readers },
      { provide: DataSource, useValue: platform.pools.dataSource },
    ];
    // A server that leaves the work to a worker leaves it the schedules too.
    const { work } = platform.config;
    const schedules = ScheduleModule.forRoot({ cronJobs: work, intervals: work, timeouts: work });
    return {
      module: PlatformModule,
      imports: [CqrsModule.forRoot(), schedules],
      controllers: [HealthHttp, MetricsHttp],
      providers: [...parts, EndedOrganisations, Followers, Passage, Processes, ProcessManagers, Reactions],
      exports: [
        ...parts.map(({ provide }) => provide),
        CqrsModule,
        EndedOrganisations,
        Followers,
        Passage,
        Processes,
        ProcessManagers,
        Reactions,
      ],
    };
  }
}
