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
    this.gauge(
      'ardoise_process_under_way',
      'What a long process has under way, by the step it has reached',
      () => true,
    );
    const failing = (one: NamedStanding): boolean => one.failing !== undefined;
    this.gauge('ardoise_process_failing', 'What of a long process failed at its last try; it is tried again', failing);
  }

  private gauge(name: string, help: string, counts: (one: NamedStanding) => boolean): void {
    const { metrics } = this.platform;
    if (metrics.getSingleMetric(name)) return;
    const collect = async (): Promise<void> => {
      gauge.reset();
      // With the database away there is nothing to count; the other metrics are told all the same.
      for (const one of await this.standing().catch(() => [])) {
        const { organisation, process, state } = one;
        if (counts(one)) gauge.inc({ organisation, process, state });
      }
    };
    const labelNames = ['organisation', 'process', 'state'];
    const gauge: Gauge = new Gauge({ name, help, labelNames, registers: [metrics], collect });
  }

  private all(): DurableProcess[] {
    return this.platform.capabilities
      .flatMap(({ processes }) => [...(processes ?? [])])
      .map((type) => this.modules.get<DurableProcess>(type, { strict: false }));
  }
}
