import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Gauge } from 'prom-client';
import type { DurableProcess, ProcessStanding } from './capability';
import { Platform } from './platform';

export interface NamedStanding extends ProcessStanding {
  readonly process: string;
}

/** What the capabilities' long processes have under way. */
@Injectable()
export class Processes implements OnModuleInit {
  constructor(
    private readonly platform: Platform,
    private readonly modules: ModuleRef,
  ) {}

  async standing(): Promise<NamedStanding[]> {
    const all = await Promise.all(
      this.all().map(async (one) => (await one.standing()).map((entry) => ({ process: one.name, ...entry }))),
    );
    return all.flat();
  }

  /** Counted when somebody asks, for what is under way is in the database, not in a process. */
  onModuleInit(): void {
    const labelNames = ['organisation', 'process', 'state'];
    const underWay: Gauge = new Gauge({
      name: 'ardoise_process_under_way',
      help: 'What a long process has under way, by the step that it has reached',
      labelNames,
      registers: [],
      collect: () => this.collect(underWay, failing),
    });
    const failing: Gauge = new Gauge({
      name: 'ardoise_process_failing',
      help: 'What of a long process failed at its last try, and is tried again',
      labelNames,
      registers: [],
    });
    const { metrics } = this.platform;
    if (metrics.getSingleMetric('ardoise_process_under_way')) return;
    metrics.registerMetric(underWay);
    metrics.registerMetric(failing);
  }

  private async collect(underWay: Gauge, failing: Gauge): Promise<void> {
    underWay.reset();
    failing.reset();
    // With the database away there is nothing to count; the other metrics are told all the same.
    for (const { process, organisation, state, ...one } of await this.standing().catch(() => [])) {
      underWay.inc({ organisation, process, state });
      if (one.failing) failing.inc({ organisation, process, state });
    }
  }

  private all(): DurableProcess[] {
    return this.platform.capabilities
      .flatMap(({ processes }) => [...(processes ?? [])])
      .map((type) => this.modules.get<DurableProcess>(type, { strict: false }));
  }
}
